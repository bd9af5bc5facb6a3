import Foundation
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CopyTests {
    private struct Broken: Error {}

    private func connect() async throws -> PostgresConnection {
        let db = try await TestDatabase().connect()
        try await db.execute("create table t (id uuid, n int4, name text, at timestamptz, tags text[])")
        return db
    }

    private func stream<Element: Sendable>(_ elements: [Element], failing: Bool = false) -> AsyncThrowingStream<
        Element, any Error
    > {
        AsyncThrowingStream { continuation in
            for element in elements { continuation.yield(element) }
            continuation.finish(throwing: failing ? Broken() : nil)
        }
    }

    @Test func typedRowsArrive() async throws {
        let db = try await connect()
        let columns = ["id", "n", "name", "at", "tags"]
        let ids = (0..<5000).map { _ in UUID() }
        let rows = ids.indices.map { index -> [any PostgresEncodable] in
            [
                ids[index], index, index % 2 == 0 ? "n\(index)" : String?.none,
                Date(timeIntervalSince1970: Double(index)), ["a", "\(index)"],
            ]
        }
        let stored = try await db.copyIn(into: "public.t", columns: columns, rows: stream(rows))
        #expect(stored == 5000)
        let back = try await db.query(.sql("select id, n, name, extract(epoch from at)::int4, tags from t order by n"))
        let tuples = try back.decode(UUID.self, Int.self, String?.self, Int.self, [String].self)
        let areRight = tuples.enumerated().allSatisfy { index, row in
            row.0 == ids[index] && row.1 == index && row.2 == (index % 2 == 0 ? "n\(index)" : nil) && row.3 == index
                && row.4 == ["a", "\(index)"]
        }
        #expect(areRight && tuples.count == 5000)
    }

    @Test func bytesArrive() async throws {
        let db = try await connect()
        let chunks = ["1\ton", "e\n2\t", "two\n", ""].map { Array($0.utf8) }
        let stored = try await db.copyIn("copy t (n, name) from stdin", from: stream(chunks))
        #expect(stored == 2)
        let names = try await db.query(.sql("select name from t order by n")).decode(String.self)
        #expect(names == ["one", "two"])
    }

    @Test func nothingIsStoredWhenTheSourceFails() async throws {
        let db = try await connect()
        await #expect(throws: Broken.self) {
            try await db.copyIn("copy t (n) from stdin", from: stream([Array("1\n".utf8)], failing: true))
        }
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func badRowsAreNamed() async throws {
        let db = try await connect()
        let typed = await #expect(throws: PostgresError.self) {
            try await db.copyIn(into: "t", columns: ["n"], rows: stream([[1], ["x"]] as [[any PostgresEncodable]]))
        }
        #expect(typed?.kind == .encoding && typed?.description.contains("column \"n\" of row 1") == true)
        let text = await #expect(throws: PostgresError.self) {
            try await db.copyIn("copy t (n) from stdin", from: stream([Array("1\nx\n".utf8)]))
        }
        #expect(text?.sqlState?.rawValue == "22P02")
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func statementsThatAreNoCopyAreRefused() async throws {
        let db = try await connect()
        let missing = await #expect(throws: PostgresError.self) {
            try await db.copyIn(into: "nowhere", columns: ["n"], rows: stream([[1]] as [[any PostgresEncodable]]))
        }
        #expect(missing?.sqlState == .undefinedTable)
        let unknown = await #expect(throws: PostgresError.self) {
            try await db.copyIn("copy nowhere from stdin", from: stream([[UInt8]]()))
        }
        #expect(unknown?.sqlState == .undefinedTable)
        try await db.ping()
        let other = await #expect(throws: PostgresError.self) {
            try await db.copyIn("select 1", from: stream([[UInt8]]()))
        }
        #expect(other?.kind == .usage)
    }

    @Test func copyOutsideCopyInEndsTheConnectionInsteadOfHangingIt() async throws {
        for sql in ["copy t to stdout", "copy t from stdin"] {
            let db = try await connect()
            let error = await #expect(throws: PostgresError.self) { try await db.execute(sql) }
            #expect(error?.kind == .usage)
            #expect(db.isClosed)
        }
    }

    @Test func cancellationStoresNothingAndKeepsTheConnection() async throws {
        let db = try await connect()
        let reached = Signal()
        let (source, feed) = AsyncStream.makeStream(of: [UInt8].self)
        let task = Task {
            try await db.copyIn(
                "copy t (n) from stdin",
                from: source.map { chunk in
                    if chunk.isEmpty { reached.raise() }
                    return chunk
                }
            )
        }
        feed.yield(Array("1\n".utf8))
        feed.yield([])
        await reached.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        feed.finish()
        let count = try await db.value("select count(*) from t", as: Int.self)
        #expect(count == 0)
    }

    @Test func aServerThatDoesNotReadSlowsTheSourceDown() async throws {
        let db = try await connect()
        let process = try await db.value("select pg_backend_pid()", as: Int32.self)
        let lines = FreezingLines(count: 20_000, freezeAt: 100, process: process)
        async let copied = db.copyIn("copy t (n, name) from stdin", from: lines)
        // The source goes on until the sockets' buffers are full, which hold a fraction of its 20 MB.
        var before = -1
        while before != lines.produced.value || before < 100 {
            before = lines.produced.value
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(lines.produced.value < 20_000)
        kill(process, SIGCONT)
        let stored = try await copied
        #expect(stored == 20_000 && lines.produced.value == 20_000)
    }
}

/// Lines of a kilobyte; on the way the server's process is stopped.
private struct FreezingLines: AsyncSequence, Sendable {
    let count: Int
    let freezeAt: Int
    let process: Int32
    let produced = Counter()

    struct Iterator: AsyncIteratorProtocol {
        let lines: FreezingLines
        let line = Array("1\t\(String(repeating: "x", count: 1000))\n".utf8)

        mutating func next() async -> [UInt8]? {
            if lines.produced.value == lines.count { return nil }
            lines.produced.increment()
            if lines.produced.value == lines.freezeAt { kill(lines.process, SIGSTOP) }
            return line
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(lines: self)
    }
}
