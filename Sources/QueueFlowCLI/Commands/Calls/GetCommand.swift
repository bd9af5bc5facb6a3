import ArgumentParser
import Formats

/// One thing that is shown.
protocol Showing {
    associatedtype Scope: ListFilter = NoFilter
    static var noun: Noun { get }
    static var abstract: String { get }
    /// What belongs to it and is shown below it.
    static func more(_ item: JSONValueSlice, _ client: APIClient, _ times: TimeText) async throws
        -> [(title: String, table: Table)]
}

extension Showing {
    static func more(_ item: JSONValueSlice, _ client: APIClient, _ times: TimeText) -> [(title: String, table: Table)]
    {
        []
    }
}

/// `queueflow NOUN get`.
struct GetCommand<S: Showing>: CallCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "get", abstract: S.abstract)
    }

    @Argument(help: ArgumentHelp("Which one.", valueName: S.noun.key))
    var name: String

    @OptionGroup var scope: S.Scope
    @OptionGroup var watching: WatchOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let parameters = try scope.parameters()
        let path = S.noun.path(of: try await client.key(of: name, S.noun))
        try await watching.repeating {
            let printer = try output.printer(for: S.noun)
            let item = try await client.send(APICall(.get, path, query: parameters)).object(with: S.noun.key)
            let more = printer.format == .table ? try await S.more(item, client, printer.times) : []
            if output.columns != nil, printer.format == .table {
                printer.print([item])
            } else {
                printer.print(item, with: more)
            }
        }
    }
}
