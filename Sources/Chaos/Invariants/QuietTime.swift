import Foundation

/// Time in which nothing stood in the way of the platform: all of it but when something did.
struct QuietTime: Sendable {
    /// From when to when.
    struct Span: Hashable, Sendable {
        var from: Date
        var to: Date
    }

    private let disturbances: [Span]

    /// The time that is left of disturbances, which may overlap.
    init(between disturbances: [Span]) {
        var merged: [Span] = []
        for next in disturbances.sorted(by: { $0.from < $1.from }) {
            if let last = merged.last, last.to >= next.from {
                merged[merged.count - 1].to = max(last.to, next.to)
            } else {
                merged.append(next)
            }
        }
        self.disturbances = merged
    }

    /// How many seconds of it lie between two times.
    func seconds(from: Date, to: Date) -> Double {
        guard from < to else { return 0 }
        var length = to.timeIntervalSince(from)
        for disturbance in disturbances where disturbance.to > from && disturbance.from < to {
            length -= min(disturbance.to, to).timeIntervalSince(max(disturbance.from, from))
        }
        return length
    }
}
