import Foundation
import Synchronization

/// What a command is given to read: bytes, lines, and a person's answers.
struct StandardInput: Sendable {
    private let descriptor: Int32

    /// - Parameter descriptor: An open descriptor, which stays open.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Reads what there is, up to 64 KiB, on a thread of its own; empty at the end.
    ///
    /// - Throws: ``CommandFailure`` for what cannot be read; `CancellationError`.
    func chunk() async throws -> [UInt8] {
        let (descriptor, isCancelled) = (descriptor, OneWayFlag())
        let result: Result<[UInt8], any Error> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(returning: Result { try Self.read(descriptor) { isCancelled.isSet } })
                }
            }
        } onCancel: {
            isCancelled.set()
        }
        return try result.get()
    }

    /// Blocks until there is something, and looks ten times a second whether it is still wanted.
    private static func read(_ descriptor: Int32, isCancelled: () -> Bool) throws -> [UInt8] {
        var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // A signal ends the wait as well.
        while poll(&source, 1, 100) < 1 { if isCancelled() { throw CancellationError() } }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = Foundation.read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw CommandFailure(.failure, "standard input: \(String(cString: strerror(errno)))") }
        return Array(buffer.prefix(count))
    }

    /// Is set once, by whichever thread.
    private final class OneWayFlag: Sendable {
        private let state = Atomic(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set() { state.store(true, ordering: .relaxed) }
    }

    /// All of it.
    func all() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try await chunk()
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
    }

    /// One line that a person types.
    ///
    /// - Parameters:
    ///   - question: What is asked, once nothing that is typed can be seen, or lost, any more.
    ///   - isSecret: Whether it must not be seen.
    func answer(to question: String, on notes: Console, isSecret: Bool = false) async throws -> String {
        var kept = termios()
        let hides = isSecret && tcgetattr(descriptor, &kept) == 0
        if hides {
            var silent = kept
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(descriptor, TCSAFLUSH, &silent)
        }
        defer { if hides { tcsetattr(descriptor, TCSAFLUSH, &kept) } }
        notes.text(question)
        let line = try await chunk()
        return String(decoding: line.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            .trimmingCharacters(in: .newlines)
    }
}

/// The lines of an input, without what ends them.
struct LineReader {
    /// The most bytes of a line: as much as a batch of jobs may have.
    private static let longest = 32 << 20

    private let input: StandardInput
    private var bytes: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    init(_ input: StandardInput) { self.input = input }

    /// The next line; nil at the end.
    mutating func next() async throws -> ArraySlice<UInt8>? {
        var searched = position
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return bytes[position..<end]
            }
            if isAtEnd {
                defer { position = bytes.count }
                return position < bytes.count ? bytes[position...] : nil
            }
            bytes.removeFirst(position)
            position = 0
            searched = bytes.count
            guard bytes.count <= Self.longest else {
                throw CommandFailure(.usage, "a line has more than \(Self.longest >> 20) MiB; expected one job a line")
            }
            let chunk = try await input.chunk()
            isAtEnd = chunk.isEmpty
            bytes += chunk
        }
    }
}
