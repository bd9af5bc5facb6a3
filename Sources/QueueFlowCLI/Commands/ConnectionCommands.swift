import ArgumentParser
import Formats
import Foundation

/// `queueflow login`: begins a session, or keeps an API key, in a profile.
struct LoginCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Sign in to a server and keep that in a profile.",
        discussion: """
            Asks for name and password. What is kept is a session, never the password; it is renewed by itself. With --api-key the key is kept \
            instead; --api-key - reads it from standard input, as --password-stdin does the password.
            """
    )

    @Option(help: ArgumentHelp("The account's name.", valueName: "name"))
    var username: String?

    @Flag(help: "Read the password from standard input.")
    var passwordStdin = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let surroundings = Surroundings.current
        let file = ConfigFile.ofUser(surroundings.environment)
        let config = try file.read()
        let name = connection.profile ?? surroundings.environment["QUEUEFLOW_PROFILE"] ?? config.current ?? "default"
        guard name != Connection.localProfile else {
            throw CommandFailure(
                .usage,
                "the profile 'local' is the stack of a directory and needs no login; choose another name"
            )
        }
        guard let url = connection.url ?? surroundings.environment["QUEUEFLOW_URL"] ?? config.profiles[name]?.url else {
            throw CommandFailure(.usage, "which server? call: queueflow login --url https://jobs.example.com")
        }
        var profile = Profile(url: try Connection.address(url, "--url"))
        let timeout = Duration.seconds(connection.requestTimeout)
        if let key = connection.apiKey {
            let key = key == "-" ? try await firstLine(surroundings) : key
            // One that is wrong is not worth keeping.
            _ = try await APIClient(address: profile.url, credential: .apiKey(key), timeout: timeout)
                .send(APICall(.get, "/me")).object(with: "subject")
            profile.apiKey = key
        } else {
            let account = try await account(surroundings, profile.url)
            let anybody = APIClient(address: profile.url, credential: .none, timeout: timeout)
            profile.tokens = try await Session.signIn(anybody, name: account.name, password: account.password)
        }
        let kept = profile
        let isCurrent = try await file.change { config in
            config.profiles[name] = kept
            if config.current == nil { config.current = name }
            return config.current == name
        }
        surroundings.notes.line(
            "Signed in to \(profile.url); kept as profile '\(name)' in \(file.url.path)."
                + (isCurrent ? "" : " Use it with --profile \(name), or always with: queueflow profile use \(name)")
        )
    }

    private func account(_ surroundings: Surroundings, _ url: String) async throws -> (name: String, password: String) {
        var name = username ?? surroundings.environment["QUEUEFLOW_USERNAME"]
        if name == nil {
            guard surroundings.terminal.asks, !passwordStdin else {
                throw CommandFailure(.usage, "who are you? call: queueflow login --username NAME --password-stdin")
            }
            name = try await surroundings.input.answer(to: "Name at \(url): ", on: surroundings.notes)
        }
        if passwordStdin { return (name ?? "", try await firstLine(surroundings)) }
        if let password = surroundings.environment["QUEUEFLOW_PASSWORD"], !password.isEmpty {
            return (name ?? "", password)
        }
        guard surroundings.terminal.asks else {
            throw CommandFailure(.usage, "there is no terminal to ask for the password at; give it by --password-stdin")
        }
        let password = try await surroundings.input.answer(to: "Password: ", on: surroundings.notes, isSecret: true)
        surroundings.notes.line()
        return (name ?? "", password)
    }

    private func firstLine(_ surroundings: Surroundings) async throws -> String {
        var lines = LineReader(surroundings.input)
        let line = try await lines.next().map { String(decoding: $0, as: UTF8.self) } ?? ""
        return line.trimmed("\r")
    }
}

/// `queueflow logout`: ends the session of a profile and forgets it.
struct LogoutCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "End a profile's session and forget its credential; its URL stays."
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let surroundings = Surroundings.current
        let resolved = try connection.resolve()
        guard let name = resolved.profile, name != Connection.localProfile else {
            throw CommandFailure(
                .usage,
                "\(resolved.origin) is no profile of the configuration file; there is nothing to forget"
            )
        }
        if case .session = resolved.client.credential {
            // A session that has ended already is what was wanted.
            do {
                try await resolved.client.send(APICall(.post, "/logout"))
            } catch let failure as CommandFailure where failure.status == .authentication {}
        }
        try await ConfigFile.ofUser(surroundings.environment).change { config in
            config.profiles[name]?.tokens = nil
            config.profiles[name]?.apiKey = nil
        }
        surroundings.notes.line(
            "Signed out of \(resolved.client.address); profile '\(name)' has no credential any more."
        )
    }
}

/// `queueflow whoami`: who the server takes the caller for.
struct WhoAmICommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Show which server is called, who it takes you for, and where that comes from."
    )

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let resolved = try connection.resolve()
        let me = try await resolved.client.send(APICall(.get, "/me")).object(with: "subject")
        try output.printer(for: .principal).print(me)
        Surroundings.current.remark("at \(resolved.client.address) (\(resolved.origin))")
    }
}

/// `queueflow profile`: which servers are known.
struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Servers by name, in $XDG_CONFIG_HOME/queueflow/config.toml.",
        subcommands: [List.self, Add.self, Use.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the profiles; no secret is shown.")

        @OptionGroup(title: "Output") var output: OutputOptions

        func run() async throws {
            let surroundings = Surroundings.current
            let config = try ConfigFile.ofUser(surroundings.environment).read()
            var writer = JSONWriter()
            writer.array { array in
                for (name, profile) in config.profiles.sorted(by: { $0.key < $1.key }) {
                    array.profile(name, profile, isCurrent: config.current == name)
                }
                if config.profiles[Connection.localProfile] == nil,
                    let stack = try? LocalStack.find(in: surroundings.directory)
                {
                    array.profile(
                        Connection.localProfile,
                        Profile(url: stack.url),
                        isCurrent: config.current == nil,
                        credential: "stack"
                    )
                }
            }
            let profiles = try JSONValueSlice(parsing: writer.bytes).array ?? []
            try output.printer(for: .profiles).print(profiles)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a profile without signing in; login does both."
        )

        @Argument(help: "What it is called.") var name: String
        @Option(help: ArgumentHelp("Where the REST API is.", valueName: "url")) var url: String

        func run() async throws {
            let profile = Profile(url: try Connection.address(url, "--url"))
            let file = ConfigFile.ofUser(Surroundings.current.environment)
            try await file.change { config in
                guard config.profiles[name] == nil, name != Connection.localProfile else {
                    throw CommandFailure(
                        .conflict,
                        "there is a profile '\(name)' already; remove it first, or choose another name"
                    )
                }
                config.profiles[name] = profile
            }
        }
    }

    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Choose the profile that is used when none is named; local is the stack of the directory."
        )

        @Argument(help: "Which one.") var name: String

        func run() async throws {
            try await ConfigFile.ofUser(Surroundings.current.environment).change { config in
                if name == Connection.localProfile, config.profiles[name] == nil {
                    config.current = nil
                } else {
                    config.current = try config.known(name)
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a profile with its credential; logout ends its session first."
        )

        @Argument(help: "Which one.") var name: String

        func run() async throws {
            try await ConfigFile.ofUser(Surroundings.current.environment).change { config in
                config.profiles[try config.known(name)] = nil
                if config.current == name { config.current = nil }
            }
        }
    }
}

extension Config {
    /// The name, if there is such a profile.
    fileprivate func known(_ name: String) throws(CommandFailure) -> String {
        guard profiles[name] != nil else { throw CommandFailure(.notFound, "there is no profile '\(name)'") }
        return name
    }
}

extension JSONWriter {
    fileprivate mutating func profile(_ name: String, _ profile: Profile, isCurrent: Bool, credential: String? = nil) {
        object { writer in
            writer.member("name", name)
            writer.member("url", profile.url)
            let kept = profile.apiKey != nil ? "key" : profile.tokens != nil ? "session" : "none"
            writer.member("credential", credential ?? kept)
            writer.member("current", isCurrent)
        }
    }
}

extension Noun {
    fileprivate static let profiles = Noun(
        name: "profile",
        plural: "profiles",
        path: "",
        list: "",
        key: "name",
        columns: [Column("name"), Column("url"), Column("credential"), Column("current", nil, .flag("current"))],
        shown: ["name", "url", "credential", "current"]
    )
}
