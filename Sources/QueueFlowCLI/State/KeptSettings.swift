import Foundation
import JobCore
import LocalServers

/// What calls of `queueflow up` were told, for those to come: a call that says nothing else gets the same stack.
struct KeptSettings: Codable, Sendable, Hashable {
    /// The settings that were given, by name. Some are secrets, so the file is its owner's alone.
    var variables: [String: String] = [:]
    /// Whether the stack has a worker of its own.
    var hasWorker = true
    /// Whether the gateway speaks TLS, too; nil is no, as in what was kept before there was any.
    var hasTLS: Bool?
    /// The permissions that the last call gave, by name: for telling that they are taken away.
    var permitted: [String] = []

    /// The settings that are kept. Credentials have a file of their own, and permissions are given anew each time.
    static let names = Set(Setting.all.map(\.name))
        .union(StackPort.allCases.map(\.rawValue))
        .union(StackService.allCases.compactMap(\.externalVariable))
        .union(GatewayCertificate.variables)
        .subtracting(Credentials.Name.allCases.map(\.rawValue))
        .subtracting(permissions)
        .subtracting([Setting.controlAddress.name])

    /// Settings that allow something dangerous. Who forgets one of them takes the permission away.
    static let permissions: Set = [Setting.execAllow.name]

    /// Reads what is kept; nothing is when there is no file.
    ///
    /// - Throws: ``StackError/file(path:reason:)`` for a file that cannot be understood, which must not stand for none.
    static func load(from file: URL) throws(StackError) -> KeptSettings {
        guard access(file.path, F_OK) == 0 else { return KeptSettings() }
        do {
            return try JSONDecoder().decode(KeptSettings.self, from: Data(contentsOf: file))
        } catch {
            throw .file(
                path: file.path,
                reason: "cannot be read (\(error)); forget what is in it with: queueflow up --reset-settings"
            )
        }
    }

    /// Writes the file, which only its owner can read.
    func write(to file: URL) throws(StackError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try PrivateFile.write(String(decoding: encoder.encode(self), as: UTF8.self) + "\n", to: file)
        } catch {
            throw StackError(error, at: file)
        }
    }

    /// Adds what a call is told; a setting that is given as nothing is forgotten.
    ///
    /// - Parameters:
    ///   - environment: The call's environment.
    ///   - worker: Whether the stack is to have a worker of its own; nil when the call does not say.
    ///   - tls: Whether the gateway is to speak TLS, too; nil when the call does not say.
    /// - Returns: The names of what the call does not say and is kept, in a fixed order.
    mutating func add(_ environment: [String: String], worker: Bool? = nil, tls: Bool? = nil) -> [String] {
        var recalled = Set(variables.keys)
        for name in Self.names {
            guard let given = environment[name] else { continue }
            variables[name] = given.isEmpty ? nil : given
            recalled.remove(name)
        }
        permitted = Self.permissions.filter { environment[$0]?.isEmpty == false }.sorted()
        if let worker { hasWorker = worker }
        if let tls { hasTLS = tls }
        return recalled.sorted() + (hasWorker || worker != nil ? [] : ["--no-worker"])
            + (hasTLS == true && tls == nil ? ["--tls"] : [])
    }
}

/// What a stack is to be: what `queueflow up` is told now, and what it was told before.
struct StackSettings: Sendable {
    /// The whole.
    let configuration: StackConfiguration
    /// What is kept once the stack is up.
    let kept: KeptSettings
    /// What the call did not say and was told before.
    let recalled: [String]
    /// The permissions that the call before gave and this one does not.
    let withdrawn: [String]

    /// Puts them together.
    ///
    /// - Parameters:
    ///   - environment: The call's environment.
    ///   - worker: Whether the stack is to have a worker of its own; nil when the call does not say.
    ///   - tls: Whether the gateway is to speak TLS, too; nil when the call does not say.
    ///   - forgetting: Whether nothing that was told before counts.
    ///   - workingDirectory: The directory that holds `.queueflow`.
    ///   - binaries: Where QueueFlow's own programs lie.
    /// - Throws: ``StackError`` for a setting that cannot be used.
    init(
        environment: [String: String],
        worker: Bool? = nil,
        tls: Bool? = nil,
        forgetting: Bool = false,
        workingDirectory: URL,
        binaries: URL
    ) throws(StackError) {
        let directory = StackDirectory(in: workingDirectory)
        var kept = forgetting ? KeptSettings() : try KeptSettings.load(from: directory.settings)
        var given = environment
        if let known = try Credentials.known(in: directory.credentials) {
            // A shell after `eval "$(queueflow env)"` has these. They lead to this stack and are no wishes of what it be.
            let stack = try StackConfiguration(
                environment: kept.variables,
                hasWorker: kept.hasWorker,
                workingDirectory: workingDirectory,
                binaries: binaries
            )
            for (name, value) in ServiceEnvironment.ofGuests(configuration: stack, credentials: known)
            where given[name] == value && kept.variables[name] != value { given[name] = nil }
        }
        let permitted = kept.permitted
        recalled = kept.add(given, worker: worker, tls: tls)
        withdrawn = permitted.filter { !kept.permitted.contains($0) }
        self.kept = kept
        configuration = try StackConfiguration(
            environment: given.filter { name, value in
                !KeptSettings.names.contains(name) && !(KeptSettings.permissions.contains(name) && value.isEmpty)
            }.merging(kept.variables) { $1 },
            hasWorker: kept.hasWorker,
            hasTLS: kept.hasTLS ?? false,
            recalled: Set(recalled),
            workingDirectory: workingDirectory,
            binaries: binaries
        )
    }
}
