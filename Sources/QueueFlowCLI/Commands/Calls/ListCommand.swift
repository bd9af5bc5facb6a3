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

    @Option(
        help: ArgumentHelp(
            "How long to look for them, such as 10s; as long as it takes unless given.",
            valueName: "time"
        )
    )
    var timeout: Seconds?

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
            let deadline = timeout.map { ContinuousClock.now + .seconds($0.value) }
            let progress = ProgressLine("found")
            defer { progress.end() }
            var (isLate, isInterrupted) = (false, false)
            do {
                while !isLate, let page = try await pages.next() {
                    if printer.isStreaming {
                        if !page.isEmpty { progress.end() }
                        printer.print(page)
                    } else {
                        items += page
                    }
                    guard pages.goesOn else { continue }
                    progress.show("\(pages.found) found, \(pages.extent)")
                    isLate = deadline.map { $0 <= .now } ?? false
                }
            } catch is CancellationError where pages.pages > 0 {
                // What was found is not thrown away.
                isInterrupted = true
            }
            progress.end()
            if !printer.isStreaming { printer.print(items) }
            if isInterrupted {
                Surroundings.current.remark("Interrupted: \(pages.extent).")
                throw CancellationError()
            }
            if isLate {
                throw CommandFailure(.unreachable, "the time was up: \(pages.extent); there may be more")
            }
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
    /// How many pages there were, and how many things were on them.
    private(set) var pages = 0
    private(set) var found = 0
    /// How far back the server has looked, where its cursor tells.
    private(set) var reached: Date?
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

    /// Whether there are further pages, and more is wanted.
    var goesOn: Bool { !isOver }

    /// How far it has come, for a person.
    var extent: String {
        reached.map { "looked back to \(RFC3339.wholeSeconds($0))" }
            ?? "looked through \(pages) page\(pages == 1 ? "" : "s")"
    }

    /// The next page, which may be empty though others follow; nil after the last.
    mutating func next() async throws -> [JSONValueSlice]? {
        guard !isOver else { return nil }
        var call = APICall(.get, noun.path, query: parameters)
        if hasPages { call.query.append(.init("limit", "\(min(remaining ?? Self.largest, Self.largest))")) }
        if let cursor { call.query.append(.init("cursor", cursor)) }
        let answer = try await client.send(call)
        let page = try answer.json()
        var items = try answer.list(noun.list)
        let next = page.text("next_cursor")
        if let next, next == cursor { throw answer.surprise("a page that leads to itself") }
        cursor = next
        pages += 1
        found += items.count
        if let next, let time = UUIDTime.milliseconds(next) {
            reached = Date(timeIntervalSince1970: Double(time) / 1_000)
        }
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

/// The time in a UUID of version 7 (RFC 9562, section 5.7), as ids of jobs are.
enum UUIDTime {
    /// The milliseconds since 1970 in the UUID that a text begins with; nil when it begins with none of that version.
    static func milliseconds(_ text: String) -> Int? {
        let text = text.prefix(36)
        guard UUID(uuidString: String(text)) != nil, text.dropFirst(14).first == "7" else { return nil }
        return Int(text.filter { $0 != "-" }.prefix(12), radix: 16)
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
