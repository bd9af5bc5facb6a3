/// The kinds of jobs in the mix, and how each may end.
enum JobKind: String, CaseIterable, Hashable, Sendable {
    /// Runs at once, for some milliseconds.
    case immediate
    /// Waits a few seconds first.
    case delayed
    /// Fails once or twice, then succeeds.
    case failing
    /// Fails always.
    case doomed
    /// Runs for seconds, so that faults meet it.
    case long
    /// Is cancelled after a while, whatever it is doing.
    case cancelled
    /// Is submitted twice at the same time, to different job-services, under one key.
    case repeated
    /// Is of a type that one worker alone has a handler for.
    case special
    /// Keeps its thread for seconds.
    case blocking
    /// Has a payload, and a result, as large as there may be.
    case large
    /// Fails once or twice with errors as long as are kept, or longer.
    case wordy
    /// Returns what is no JSON.
    case garbled
    /// Is one of many that are submitted at once.
    case bulk

    /// The states in which such a job may end.
    var ends: Set<String> {
        switch self {
        // Attempts that were lost with their worker count, so with bad luck it runs out of them.
        case .immediate, .delayed, .failing, .long, .repeated, .special, .blocking, .large, .wordy, .bulk:
            ["completed", "dead"]
        case .doomed, .garbled: ["dead"]
        case .cancelled: ["completed", "cancelled", "dead"]
        }
    }

    /// How many of a hundred jobs are of the kind.
    private var share: Int {
        switch self {
        case .immediate: 34
        case .delayed, .failing: 14
        case .repeated: 10
        case .long: 8
        case .doomed, .cancelled: 5
        case .special: 4
        case .garbled, .wordy: 2
        case .large, .blocking: 1
        case .bulk: 0
        }
    }

    /// One of the kinds, by their shares.
    static func pick(using generator: inout some RandomNumberGenerator) -> JobKind {
        var rest = Int.random(in: 0..<allCases.reduce(0) { $0 + $1.share }, using: &generator)
        for kind in allCases {
            if rest < kind.share { return kind }
            rest -= kind.share
        }
        return .immediate
    }
}
