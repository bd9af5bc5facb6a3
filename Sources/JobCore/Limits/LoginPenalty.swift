/// How long one has to wait after so many wrong passwords in a row: nothing at first, then twice as long each time.
struct LoginPenalty: Sendable {
    /// For one account from one address: after some slips it soon hurts.
    static let pair = LoginPenalty(free: 3, longest: .seconds(15 * 60))
    /// For one account from anywhere: slows down who comes from many addresses, and does not shut its owner out.
    static let account = LoginPenalty(free: 20, longest: .seconds(30))
    /// How long failures are remembered after the last.
    static let memory = Duration.seconds(60 * 60)

    /// How many failures cost nothing.
    let free: Int
    /// The longest wait.
    let longest: Duration

    /// How long to wait after so many failures.
    func delay(after failures: Int) -> Duration {
        guard failures > free else { return .zero }
        return min(longest, .seconds(1 << min(failures - free - 1, 20)))
    }
}
