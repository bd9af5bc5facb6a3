import Concurrency
import Formats

/// A stream of server-sent events, read as it comes (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct ServerSentEvents {
    /// One event.
    struct Event: Sendable, Hashable {
        var name: String
        var data: String
    }

    private var line: [UInt8] = []
    private var name = ""
    private var data: [String] = []
    private var endedByReturn = false

    /// Reads more of the stream; the events that are complete now.
    mutating func read(_ bytes: some Sequence<UInt8>) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            let isReturn = byte == UInt8(ascii: "\r")
            let isFeed = byte == UInt8(ascii: "\n")
            defer { endedByReturn = isReturn }
            guard isReturn || isFeed else {
                line.append(byte)
                continue
            }
            // A carriage return and a line feed are one end.
            if isFeed, endedByReturn { continue }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else {
            defer { (name, data) = ("", []) }
            return data.isEmpty ? nil : Event(name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"))
        }
        let text = String(decoding: line, as: UTF8.self)
        let field = text.prefix { $0 != ":" }
        var value = text.dropFirst(field.count + 1)
        if value.first == " " { value.removeFirst() }
        switch field {
        case "event": name = String(value)
        case "data": data.append(String(value))
        default: break
        }
        return nil
    }
}

/// Follows an installation's events for as long as it takes: begins again when the stream ends.
struct EventFollower: Sendable {
    let client: APIClient
    /// By what the events are narrowed.
    var query: [APICall.Parameter] = []

    /// - Parameters:
    ///   - restarted: Is called when a stream has begun; what was missed before is to be read anew.
    ///   - body: Is given each event; false ends it.
    func run(
        restarted: () async throws -> Void = {},
        _ body: (ServerSentEvents.Event, JSONValueSlice) async throws -> Bool
    ) async throws {
        var pauses = Backoff(first: .milliseconds(200), longest: .seconds(5))
        var isFirst = true
        while true {
            do {
                var events = ServerSentEvents()
                var goesOn = true
                var hasBegun = false
                try await client.stream(APICall(.get, "/events", query: query)) { bytes in
                    if !hasBegun {
                        hasBegun = true
                        try await restarted()
                    }
                    (isFirst, pauses) = (false, pauses.fresh)
                    for event in events.read(bytes) {
                        guard let json = try? JSONValueSlice(parsing: Array(event.data.utf8)) else { continue }
                        goesOn = try await body(event, json)
                        if !goesOn { throw Finished() }
                    }
                }
            } catch is Finished {
                return
            } catch let failure as CommandFailure where failure.status == .unreachable && !isFirst {
                Surroundings.current.remark("\(failure); trying again")
            }
            try await Task.sleep(for: pauses.next())
        }
    }

    private struct Finished: Error {}
}

extension Backoff {
    /// The same without the failures so far.
    fileprivate var fresh: Backoff {
        var fresh = self
        fresh.reset()
        return fresh
    }
}
