import ArgumentParser
import Formats
import Foundation

/// What a list is narrowed by: options, and the parameters that they stand for.
protocol ListFilter: ParsableArguments, Sendable {
    /// The parameters that were given.
    func parameters() throws -> [APICall.Parameter]
}

/// Nothing to narrow a list by.
struct NoFilter: ListFilter {
    func parameters() -> [APICall.Parameter] { [] }
}

/// A tenant, which an administrator may name.
struct TenantFilter: ListFilter {
    @Option(help: ArgumentHelp("Those of this tenant alone.", valueName: "name"))
    var tenant: String?

    func parameters() -> [APICall.Parameter] { tenant.map { [.init("tenant", $0)] } ?? [] }
}

/// What a list shows, and by what it is narrowed.
protocol Listing {
    associatedtype Filter: ListFilter
    static var noun: Noun { get }
    static var abstract: String { get }
    /// The name of the command.
    static var command: String { get }
    /// How many are listed unless told otherwise.
    static var usualLimit: Int { get }
    /// Whether there may be more pages; what has only one takes no limit.
    static var hasPages: Bool { get }
}

extension Listing {
    static var command: String { "list" }
    static var usualLimit: Int { 50 }
    static var hasPages: Bool { true }
}

/// `queueflow NOUN list`.
struct ListCommand<L: Listing>: CallCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: L.command, abstract: L.abstract)
    }

    @OptionGroup(title: "Filter") var filter: L.Filter

    @Option(name: .shortAndLong, help: ArgumentHelp("How many to list at most; 0 lists all.", valueName: "number"))
    var limit = L.usualLimit

    @OptionGroup var watching: WatchOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if limit < 0 { throw ValidationError("--limit is \(limit); expected 0 or more") }
    }

    func call() async throws {
        let client = try connection.client()
        let parameters = try filter.parameters()
        try await watching.repeating {
            let printer = try output.printer(for: L.noun)
            var pages = Pages(client, L.noun, parameters, limit: limit == 0 ? nil : limit, hasPages: L.hasPages)
            var items: [JSONValueSlice] = []
            while let page = try await pages.next() {
                if printer.isStreaming { printer.print(page) } else { items += page }
            }
            if !printer.isStreaming { printer.print(items) }
            if pages.isPartial {
                Surroundings.current.remark(
                    "There are too many to look at all of them; narrow it down for exact figures."
                )
            }
            if pages.hasMore {
                Surroundings.current.remark("There are more than \(limit); see them with --limit, 0 for all.")
            }
        }
    }
}

/// The pages of a list, until there are no more or enough.
struct Pages {
    /// As many as a page may have.
    private static let largest = 100

    private let client: APIClient
    private let noun: Noun
    private let parameters: [APICall.Parameter]
    private let hasPages: Bool
    private var remaining: Int?
    private var cursor: String?
    private var isOver = false
    /// Whether there is more than was asked for.
    private(set) var hasMore = false
    /// Whether the server looked at a part only, and does not go on.
    private(set) var isPartial = false

    /// - Parameter limit: How many are wanted; nil wants all.
    init(
        _ client: APIClient,
        _ noun: Noun,
        _ parameters: [APICall.Parameter],
        limit: Int?,
        hasPages: Bool = true
    ) {
        (self.client, self.noun, self.parameters, self.hasPages) = (client, noun, parameters, hasPages)
        remaining = limit
    }

    /// The next page, which may be empty though others follow; nil after the last.
    mutating func next() async throws -> [JSONValueSlice]? {
        guard !isOver else { return nil }
        var call = APICall(.get, noun.path, query: parameters)
        if hasPages { call.query.append(.init("limit", "\(min(remaining ?? Self.largest, Self.largest))")) }
        if let cursor { call.query.append(.init("cursor", cursor)) }
        let page = try await client.send(call).json()
        var items = page.elements(noun.list)
        cursor = page.text("next_cursor")
        if let wanted = remaining {
            hasMore = items.count > wanted || items.count == wanted && cursor != nil
            items = Array(items.prefix(wanted))
            remaining = wanted - items.count
        }
        isOver = cursor == nil || remaining == 0
        isPartial = cursor == nil && page.at("is_complete")?.bool == false
        return items
    }
}

/// Options of the commands that can show the same again and again.
struct WatchOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show it again and again, until interrupted.")
    var watch = false

    @Option(help: ArgumentHelp("How many seconds --watch waits in between.", valueName: "seconds"))
    var interval = 2.0

    func validate() throws {
        guard (0.1...3_600).contains(interval) else {
            throw ValidationError("--interval is \(interval); expected 0.1 to 3600 seconds")
        }
    }

    /// Carries out a body once, or again and again. While it watches, a server that is away is told of and asked again.
    func repeating(_ body: () async throws -> Void) async throws {
        guard watch else { return try await body() }
        let surroundings = Surroundings.current
        while true {
            if surroundings.terminal.showsOutput { surroundings.output.text("\u{1B}[H\u{1B}[2J") }
            do {
                try await body()
            } catch let failure as CommandFailure where failure.status == .unreachable {
                surroundings.notes.line("\(failure)")
            }
            try await Task.sleep(for: .seconds(interval))
        }
    }
}
