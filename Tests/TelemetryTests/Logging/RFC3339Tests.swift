import Foundation
import Testing

@testable import Telemetry

@Suite struct RFC3339Tests {
    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00.000Z"),
        (951_782_400, 5, "2000-02-29T00:00:00.005Z"),
        (4_107_542_399, 999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400, 0, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799, 999, "9999-12-31T23:59:59.999Z"),
        (-1, 0, "1969-12-31T23:59:59.000Z"),
        (-62_167_219_200, 0, "0000-01-01T00:00:00.000Z"),
    ])
    func formats(_ seconds: Int, _ milliseconds: Int, _ text: String) {
        #expect(RFC3339.string(seconds: seconds, milliseconds: milliseconds) == text)
    }

    @Test func agreesWithFoundation() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        // Every 17 days and a bit from 1900 to 2200.
        for seconds in stride(from: -2_208_988_800, to: 7_258_118_400, by: 86_400 * 17 + 12_345) {
            let expected =
                formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds))).dropLast() + ".000Z"
            #expect(RFC3339.string(seconds: seconds, milliseconds: 0) == expected)
        }
    }
}
