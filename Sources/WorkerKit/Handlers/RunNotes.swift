import Concurrency
import Foundation
import JobCore
import Synchronization

/// What a handler says of its run, until it is on record: its progress, its log lines and its checkpoint.
///
///     said -> taken -> acknowledged
///       ^       |
///       +-------+   (the session ended)
///
/// Progress and checkpoints are told of as they are last, and a run has as many lines here as are kept of one, so there is
/// nothing that grows.
final class RunNotes: Sendable {
    /// What an exchange carries of it.
    struct Taken: SaidOfRun {
        var progress: RunNote.Progress?
        var lines: [Line] = []
        var checkpoint: [UInt8]?
        /// How many checkpoints there were by then.
        var version = 0

        /// Takes in what was said later.
        mutating func append(_ later: Taken) {
            takeIn(later)
            version = max(version, later.version)
        }
    }

    /// A line, and when it was written.
    struct Line: SaidLine {
        var number: Int
        var at: ContinuousClock.Instant
        var level: String
        var message: String
    }

    private struct State {
        var said: Taken?
        var lines = 0
        var version = 0
        /// Up to which checkpoint all is on record.
        var acknowledged = 0
        /// The last checkpoint that was saved in this run, or was given to it.
        var checkpoint: [UInt8]?
        var isOver = false
        var waiters = WaiterQueue<Void>()
    }

    private let state: Mutex<State>
    private let said: @Sendable (RunNotes) -> Void

    /// Nothing was said.
    ///
    /// - Parameters:
    ///   - checkpoint: What the attempt before kept.
    ///   - said: Told when there is something to take.
    init(checkpoint: [UInt8]?, said: @escaping @Sendable (RunNotes) -> Void) {
        state = Mutex(State(checkpoint: checkpoint))
        self.said = said
    }

    /// What the attempt before kept, or this one since; nil when there is nothing.
    var checkpoint: [UInt8]? { state.withLock(\.checkpoint) }

    // MARK: Handlers

    func progress(_ progress: RunNote.Progress) {
        say { said, _ in said.progress = progress }
    }

    func log(_ level: String, _ message: String) {
        say { said, state in
            if said.lines.count == RunNote.maxLines { said.lines.removeFirst() }
            said.lines.append(Line(number: state.lines, at: .now, level: level, message: message))
            state.lines += 1
        }
    }

    /// Keeps a checkpoint, and waits until it is on record.
    ///
    /// - Throws: ``RunIsOver`` when the run ended or was taken away first; `CancellationError` when the handler was told to stop.
    func save(_ checkpoint: [UInt8]) async throws {
        let version = say { said, state in
            state.version += 1
            state.checkpoint = checkpoint
            said.checkpoint = checkpoint
            said.version = state.version
        }
        while state.withLock({ $0.acknowledged < version }) {
            try Task.checkCancellation()
            guard !state.withLock(\.isOver) else { throw RunIsOver() }
            await state.wait(in: \.waiters) { $0.acknowledged >= version || $0.isOver }
        }
    }

    /// - Returns: How many checkpoints there are now; more than there can be of a run that is over.
    @discardableResult
    private func say(_ change: (inout Taken, inout State) -> Void) -> Int {
        let (isFirst, version) = state.withLock { state in
            guard !state.isOver else { return (false, Int.max) }
            let isFirst = state.said == nil
            // Taken out, so that its lines are changed in place.
            var said = state.said.take() ?? Taken()
            change(&said, &state)
            state.said = said
            return (isFirst, state.version)
        }
        if isFirst { said(self) }
        return version
    }

    // MARK: Reports

    /// Whether nothing was said since it was taken last.
    var isEmpty: Bool { state.withLock { $0.said == nil } }

    /// Takes what was said since it was taken last; nil when nothing was.
    func take() -> Taken? {
        state.withLock { $0.said.take() }
    }

    /// What was taken is on record.
    func acknowledged(_ taken: Taken) {
        state.withLock { state in
            state.acknowledged = max(state.acknowledged, taken.version)
            return state.waiters.removeAll()
        }.resume()
    }

    /// What was taken is to be taken again.
    func putBack(_ taken: Taken) {
        state.withLock { state in
            var all = taken
            if let said = state.said { all.append(said) }
            state.said = all
        }
    }

    /// Takes what is left: the run has ended, or was taken away, and what is said from now on is nobody's.
    ///
    /// - Parameter isDone: Whether no attempt follows, so that a checkpoint is of no more use.
    func end(isDone: Bool) -> Taken? {
        let (rest, woken) = state.withLock { state in
            state.isOver = true
            var rest = state.said.take()
            if isDone, state.checkpoint != nil {
                rest = rest ?? Taken()
                rest?.checkpoint = RunNote.noCheckpoint
            }
            return (rest, state.waiters.removeAll())
        }
        woken.resume()
        return rest
    }
}

/// A checkpoint could not be kept, as the run has ended or is another worker's by now.
public struct RunIsOver: Error, CustomStringConvertible {
    /// Says so.
    public var description: String { "the run has ended, or is another worker's by now" }
}

/// A checkpoint is too large to be kept.
public struct CheckpointTooLarge: Error, CustomStringConvertible {
    /// How many bytes it has.
    public let bytes: Int

    /// Says how large it may be.
    public var description: String {
        "the checkpoint has \(bytes) bytes; at most \(RunNote.maxCheckpointBytes) are kept"
    }
}
