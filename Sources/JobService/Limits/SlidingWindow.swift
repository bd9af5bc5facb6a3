/// Counts what was admitted in the last so long, requests or what they weigh, and admits as much as a ``RateRule`` allows.
///
/// The window is counted in 100 slots, and of the slot that is leaving it only the part that has not left yet: what a list
/// of all times would take memory for, it comes within a hundredth of, in constant memory and time. The script
/// in ``RateLimitScript`` says the same for Redis; a test holds the two against each other.
///
/// Pure: time comes in as a parameter, in microseconds of any clock.
public struct SlidingWindow: Sendable {
    /// How many slots a window has.
    public static let slots = 100
    private static let ring = Int64(slots + 1)

    private let rule: RateRule
    /// One place for each slot of the window, and one for the slot that is leaving it.
    private var counts = [Int](repeating: 0, count: slots + 1)
    private var head: Int64 = 0
    private var total = 0

    /// A window in which nothing was admitted.
    public init(_ rule: RateRule) {
        self.rule = rule
    }

    /// Decides about a request, and counts it if it is admitted.
    ///
    /// - Parameters:
    ///   - now: The time in microseconds. One that is before the last counts as the last.
    ///   - weight: How much it counts; nothing above the limit is ever admitted.
    ///   - owed: What was admitted before without asking, and is counted in any case.
    public mutating func admit(at now: Int64, weight: Int = 1, owed: Int = 0) -> RateDecision {
        let length = rule.slotMicroseconds
        let slot = max(now / length, head)
        let elapsed = max(0, now - slot * length)
        advance(to: slot)
        count(owed, in: slot)
        let leaving = counts[place(slot - Int64(Self.slots))]
        let used = total - leaving * Int(elapsed) / Int(length)
        guard used + weight <= rule.limit else {
            let wait = self.wait(toFree: used + weight - rule.limit, slot: slot, elapsed: elapsed, length: length)
            return RateDecision(
                isAdmitted: false,
                remaining: max(0, rule.limit - used),
                retryAfter: .microseconds(wait)
            )
        }
        count(weight, in: slot)
        return RateDecision(isAdmitted: true, remaining: rule.limit - used - weight, retryAfter: .zero)
    }

    private mutating func count(_ weight: Int, in slot: Int64) {
        counts[place(slot)] += weight
        total += weight
    }

    private func place(_ slot: Int64) -> Int {
        Int((slot % Self.ring + Self.ring) % Self.ring)
    }

    /// Forgets the slots that have left the window.
    private mutating func advance(to slot: Int64) {
        if slot - head >= Self.ring {
            counts = [Int](repeating: 0, count: Self.slots + 1)
            total = 0
        } else if slot > head {
            for passed in (head + 1)...slot {
                total -= counts[place(passed)]
                counts[place(passed)] = 0
            }
        }
        head = slot
    }

    /// How long until so many requests have left the window, in microseconds, to the end of a slot.
    private func wait(toFree needed: Int, slot: Int64, elapsed: Int64, length: Int64) -> Int64 {
        var oldest = slot - Int64(Self.slots)
        let leaving = counts[place(oldest)]
        var freed = leaving - leaving * Int(elapsed) / Int(length)
        var wait = length - elapsed
        while freed < needed, oldest < slot {
            oldest += 1
            freed += counts[place(oldest)]
            wait += length
        }
        return wait
    }
}
