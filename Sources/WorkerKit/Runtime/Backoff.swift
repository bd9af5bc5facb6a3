/// Growing delays between tries, with full jitter.
struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var current: Duration

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        current = first
    }

    /// How long to wait before the next try.
    mutating func next() -> Duration {
        defer { current = min(current * 2, longest) }
        return current * Double.random(in: 0.5...1)
    }

    /// A try went well.
    mutating func reset() {
        current = first
    }
}
