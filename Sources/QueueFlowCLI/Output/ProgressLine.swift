import Foundation
import Synchronization

/// How far a long work has come, on one line of standard error that is written over; only where a person sees it.
final class ProgressLine: Sendable {
    private static let barWidth = 24

    private let what: String
    private let surroundings: Surroundings
    private let state = Mutex<(drawn: ContinuousClock.Instant?, isOpen: Bool)>((nil, false))

    /// - Parameter what: What is counted, such as `submitted`.
    init(_ what: String) {
        self.what = what
        surroundings = .current
    }

    /// Shows a count, at most ten times a second.
    ///
    /// - Parameter total: How many there will be; nil when that is not known.
    func show(_ count: Int, of total: Int?) {
        show(Self.text(what, count, total), isLast: count == total)
    }

    /// Shows a text, at most ten times a second unless it is the last.
    func show(_ text: String, isLast: Bool = false) {
        guard surroundings.terminal.showsNotes else { return }
        state.withLock { state in
            if let drawn = state.drawn, ContinuousClock.now - drawn < .milliseconds(100), !isLast { return }
            state = (.now, true)
            surroundings.notes.text("\r\u{1B}[K\(text)")
        }
    }

    /// Takes the line away.
    func end() {
        state.withLock { state in
            if state.isOpen { surroundings.notes.text("\r\u{1B}[K") }
            state.isOpen = false
        }
    }

    static func text(_ what: String, _ count: Int, _ total: Int?) -> String {
        guard let total, total > 0 else { return "\(count) \(what)" }
        let part = min(1, Double(count) / Double(total))
        let full = Int(part * Double(barWidth))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full)
        return "\(bar) \(Int(part * 100))%  \(count) of \(total) \(what)"
    }
}
