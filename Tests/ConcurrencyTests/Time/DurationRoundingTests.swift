import Concurrency
import Testing

struct DurationRoundingTests {
    @Test(arguments: [
        (Duration.zero, Int64(0), Int64(0)), (.milliseconds(5), 5, 5), (.seconds(3), 3000, 3000),
        (.microseconds(1), 0, 1),
        (.microseconds(1999), 1, 2), (.microseconds(-1500), -1, -1), (.seconds(Int64.max), .max, .max),
    ])
    func aPartOfAMillisecondIsDroppedOrCounts(_ duration: Duration, truncated: Int64, roundedUp: Int64) {
        #expect(duration.millisecondsTruncated == truncated)
        #expect(duration.millisecondsRoundedUp == roundedUp)
    }
}
