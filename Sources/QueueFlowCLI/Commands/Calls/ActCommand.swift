import ArgumentParser
import Formats

/// What is done to things that are named.
protocol Act {
    associatedtype Scope: ListFilter = NoFilter
    static var noun: Noun { get }
    /// The command's name.
    static var verb: String { get }
    static var abstract: String { get }
    /// What was done, such as `paused`.
    static var done: String { get }
    static var method: APICall.Method { get }
    /// What comes after the thing's path, such as `/pause`.
    static var suffix: String { get }
    /// What a person is asked first; nil when it can be undone.
    static var warning: String? { get }
}

extension Act {
    static var method: APICall.Method { .post }
    static var suffix: String { "/" + verb }
    static var warning: String? { nil }
}

/// `queueflow NOUN VERB NAME...`.
struct ActCommand<A: Act>: CallCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: A.verb, abstract: A.abstract)
    }

    @Argument(help: ArgumentHelp("Which ones.", valueName: A.noun.key))
    var names: [String]

    @OptionGroup var scope: A.Scope
    @OptionGroup var consent: ConsentOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let parameters = try scope.parameters()
        if consent.dryRun { return try await show(client, parameters) }
        if let warning = A.warning {
            let what = names.count == 1 ? "the \(A.noun.name) \(names[0])" : "\(names.count) \(A.noun.plural)"
            try await consent.ask("\(A.verb.capitalizedFirst) \(what) at \(client.address)? \(warning)")
        }
        let printer = try output.printer(for: A.noun)
        try await EachOne.of(names) { name in
            let path = A.noun.path(of: try await client.key(of: name, A.noun)) + A.suffix
            let answer = try await client.send(APICall(A.method, path, query: parameters))
            if output.format != nil, !answer.body.isEmpty {
                printer.print(try answer.json())
            } else {
                Surroundings.current.output.line("\(name) \(A.done)")
            }
        }
    }

    private func show(_ client: APIClient, _ parameters: [APICall.Parameter]) async throws {
        for name in names {
            let call = APICall(A.method, A.noun.path(of: name) + A.suffix, query: parameters)
            Surroundings.current.output.line("would call \(call.method.rawValue) \(client.address)\(call.target)")
        }
    }
}

/// Options of the commands that change something.
struct ConsentOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Ask nothing; needed where there is no terminal to ask at.")
    var yes = false

    @Flag(help: "Only tell what would be done.")
    var dryRun = false

    /// Asks a person, unless told to ask nothing.
    ///
    /// - Throws: ``CommandFailure`` when the answer is no, or when there is nobody to ask.
    func ask(_ question: String) async throws {
        guard !yes else { return }
        let surroundings = Surroundings.current
        guard surroundings.terminal.asks else {
            throw CommandFailure(.usage, "this needs --yes, as there is no terminal to ask at: \(question)")
        }
        let asked = "\(question.printable) [y/N] "
        let answer = try await surroundings.input.answer(to: asked, on: surroundings.notes).lowercased()
        guard ["y", "yes"].contains(answer) else { throw CommandFailure(.failure, "nothing was done") }
    }
}

/// Does something for each of several things; what fails for one does not keep the others from it.
enum EachOne {
    /// - Throws: The failure, when there is one; else, when there are several, the last one's status, all having been told.
    static func of<Item>(_ items: [Item], _ body: (Item) async throws -> Void) async throws {
        var failures: [CommandFailure] = []
        for item in items {
            do {
                try await body(item)
            } catch let failure as CommandFailure where items.count > 1 {
                // What no other one would be spared.
                if [.unreachable, .authentication].contains(failure.status) { throw failure }
                Surroundings.current.notes.line("Error: \(item): \(failure)")
                failures.append(failure)
            }
        }
        if let last = failures.last { throw CommandFailure(last.status, "") }
    }
}
