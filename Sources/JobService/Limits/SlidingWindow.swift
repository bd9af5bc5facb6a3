/// Counts the requests of the last so long and admits as many as a ``RateRule`` allows.
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

    /// A window without requests.
    public init(_ rule: RateRule) {
        self.rule = rule
    }

    /// Decides about a request, and counts it if it is admitted.
    ///
    /// - Parameter now: The time in microseconds. One that is before the last counts as the last.
    public mutating func admit(at now: Int64) -> RateDecision {
        let length = rule.slotMicroseconds
        let slot = max(now / length, head)
        let elapsed = max(0, now - slot * length)
        advance(to: slot)
        let leaving = counts[place(slot - Int64(Self.slots))]
        let used = total - leaving * Int(elapsed) / Int(length)
        guard used < rule.limit else {
            let wait = self.wait(toFree: used + 1 - rule.limit, slot: slot, elapsed: elapsed, length: length)
            return RateDecision(isAdmitted: false, remaining: 0, retryAfter: .microseconds(wait))
        }
        counts[place(slot)] += 1
        total += 1
        return RateDecision(isAdmitted: true, remaining: rule.limit - used - 1, retryAfter: .zero)
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
