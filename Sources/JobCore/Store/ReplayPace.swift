public import Foundation

/// When dead letters that are replayed become due: one after the other, at an even rate.
public struct ReplayPace: Hashable, Sendable {
    /// When the first one of all is due.
    public var start: Date
    /// How many become due in a second.
    public var rate: Double
    /// How many came before.
    public var position: Int

    /// A pace from a time on.
    public init(start: Date, rate: Double, position: Int = 0) {
        self.start = start
        self.rate = rate
        self.position = position
    }
}
