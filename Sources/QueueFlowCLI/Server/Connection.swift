import ArgumentParser
import Foundation

/// Options of the commands that call a server.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the REST API is (or QUEUEFLOW_URL).", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "An API key (or QUEUEFLOW_API_KEY, which other users of this machine cannot see).",
            valueName: "key"
        )
    )
    var apiKey: String?

    @Option(help: ArgumentHelp("A profile of the configuration file (or QUEUEFLOW_PROFILE).", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("How many seconds an answer may take.", valueName: "seconds"))
    var requestTimeout = 30.0

    func validate() throws {
        guard requestTimeout > 0, requestTimeout <= 3_600 else {
            throw ValidationError("--request-timeout is \(requestTimeout); expected a number of seconds up to 3600")
        }
    }

    /// The server that is meant, and who calls.
    func resolve(_ surroundings: Surroundings = .current) throws(CommandFailure) -> Connection {
        try Connection(self, surroundings)
    }

    /// Makes the calls of the server that is meant.
    func client(_ surroundings: Surroundings = .current) throws(CommandFailure) -> APIClient {
        try resolve(surroundings).client
    }
}

/// A server, by whom it is called, and where that was found.
struct Connection: Sendable {
    let client: APIClient
    /// Where the server's URL was found, for a person.
    let origin: String
    /// The profile that was used; nil when none was.
    let profile: String?

    /// The name that stands for the stack of this directory.
    static let localProfile = "local"

    /// Finds out. Options come before the environment, and that before the profile; the stack of this directory comes last.
    ///
    /// A profile's credential is sent to the profile's URL and to no other.
    init(_ options: ConnectionOptions, _ surroundings: Surroundings) throws(CommandFailure) {
        let environment = surroundings.environment.filter { !$0.value.isEmpty }
        let timeout = Duration.seconds(options.requestTimeout)
        let known = try KnownProfile.find(options.profile ?? environment["QUEUEFLOW_PROFILE"], surroundings)
        let chosen = options.profile == nil ? nil : known

        let given: (url: String, origin: String)? =
            options.url.map { ($0, "--url") }
            ?? chosen.map { ($0.url, "--profile") }
            ?? environment["QUEUEFLOW_URL"].map { ($0, "QUEUEFLOW_URL") }
            ?? known.map { ($0.url, $0.origin) }
        guard let given else {
            throw CommandFailure(
                .usage,
                "no server is named; call queueflow login --url URL, set QUEUEFLOW_URL, or start a stack here with: queueflow up"
            )
        }
        let address = try Self.address(given.url, given.origin)
        origin = given.origin
        let isKnown = known.map { $0.url.trimmed("/") == address } ?? false
        profile = isKnown ? known?.name : nil

        func session(_ keptIn: (ConfigFile, String)?, _ account: (String, String)?) -> APIClient.Credential {
            .session(Session(address: address, timeout: timeout, keptIn: keptIn, account: account))
        }
        let credential: APIClient.Credential
        if let key = options.apiKey {
            credential = .apiKey(key)
        } else if chosen == nil, let key = environment["QUEUEFLOW_API_KEY"] {
            credential = .apiKey(key)
        } else if chosen == nil, let name = environment["QUEUEFLOW_USERNAME"],
            let password = environment["QUEUEFLOW_PASSWORD"]
        {
            credential = session(nil, (name, password))
        } else if isKnown, let known {
            if let key = known.profile?.apiKey {
                credential = .apiKey(key)
            } else if known.account != nil || known.profile?.tokens != nil {
                credential = session((known.file, known.name), known.account)
            } else {
                credential = .none
            }
        } else {
            credential = .none
        }
        client = APIClient(address: address, credential: credential, timeout: timeout)
    }

    /// A URL without a slash at its end.
    static func address(_ url: String, _ origin: String) throws(CommandFailure) -> String {
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil
        else {
            throw CommandFailure(.usage, "\(origin) is '\(url)'; expected a URL such as https://jobs.example.com")
        }
        return url.trimmed("/")
    }
}

/// A profile that was found: one of the configuration file, or the stack of this directory.
private struct KnownProfile {
    let name: String
    let url: String
    let origin: String
    let file: ConfigFile
    var profile: Profile?
    var account: (name: String, password: String)?

    /// - Parameter wanted: Its name; nil takes the current one, or else the stack of this directory.
    static func find(_ wanted: String?, _ surroundings: Surroundings) throws(CommandFailure) -> KnownProfile? {
        let file = ConfigFile.ofUser(surroundings.environment)
        let config = try file.read()
        if let name = wanted ?? config.current, name != Connection.localProfile || config.profiles[name] != nil {
            guard let profile = config.profiles[name] else {
                let names = config.profiles.keys.sorted().joined(separator: ", ")
                throw CommandFailure(
                    .usage,
                    "there is no profile '\(name)' in \(file.url.path); "
                        + (names.isEmpty
                            ? "make one with: queueflow login --profile \(name) --url URL" : "there are \(names)")
                )
            }
            return KnownProfile(name: name, url: profile.url, origin: "profile \(name)", file: file, profile: profile)
        }
        guard let stack = try LocalStack.find(in: surroundings.directory) else {
            guard wanted == nil else {
                throw CommandFailure(
                    .usage,
                    "there is no stack in \(surroundings.directory.path); start one with: queueflow up"
                )
            }
            return nil
        }
        return KnownProfile(
            name: Connection.localProfile,
            url: stack.url,
            origin: "the stack in this directory",
            file: stack.sessions,
            profile: try stack.sessions.read().profiles[Connection.localProfile],
            account: stack.account
        )
    }
}

/// What `queueflow up` made in a directory, as far as calling it takes.
struct LocalStack {
    let url: String
    /// The administrator's.
    let account: (name: String, password: String)
    /// Where the session is kept between commands.
    let sessions: ConfigFile
    /// The database that its job-service has.
    let databaseURL: String
    /// Where its processes tell what they were built from.
    let metrics: [URL]

    /// The stack of a directory; nil when there is none.
    static func find(in directory: URL) throws(CommandFailure) -> LocalStack? {
        let stack = StackDirectory(in: directory)
        do {
            guard let credentials = try Credentials.known(in: stack.credentials) else { return nil }
            let configuration = try StackSettings(environment: [:], workingDirectory: directory, binaries: directory)
                .configuration
            return LocalStack(
                url: configuration.gatewayURL,
                account: (credentials[.adminUsername], credentials[.adminPassword]),
                sessions: ConfigFile(url: stack.root.appending(path: "sessions.toml")),
                databaseURL: ServiceEnvironment.variables(
                    for: .jobService,
                    configuration: configuration,
                    credentials: credentials
                )["DATABASE_URL"] ?? configuration.external(.postgres) ?? "",
                metrics: [StackPort.metrics, .workerMetrics, .schedulerMetrics]
                    .filter { configuration.services.contains($0.service) }
                    .compactMap { URL(string: "http://127.0.0.1:\(configuration.ports[$0])/metrics") }
            )
        } catch {
            throw CommandFailure(.failure, "\(error)")
        }
    }
}
