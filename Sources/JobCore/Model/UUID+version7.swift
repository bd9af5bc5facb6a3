package import Foundation

extension UUID {
    /// Makes a UUID of version 7 as RFC 9562 section 5.7 lays it out: 48 bits of Unix milliseconds, then the sub-millisecond
    /// part of the time in 12 bits (method 3 of section 6.2), then 62 random bits.
    ///
    /// - Parameters:
    ///   - time: The time that goes into it.
    ///   - generator: Where the random bits come from.
    init(version7At time: Date, using generator: inout some RandomNumberGenerator) {
        let milliseconds = time.timeIntervalSince1970 * 1000
        let whole = milliseconds.rounded(.down)
        let high = UInt64(whole) << 16 | 0x7000 | UInt64((milliseconds - whole) * 4096) & 0x0FFF
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
                byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            )
        )
    }

    /// Makes a UUID of version 7 for this moment.
    static func version7() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return UUID(version7At: Date(), using: &generator)
    }
    /// The canonical form in small letters, as RFC 9562 section 4 asks of writers.
    package var text: String { uuidString.lowercased() }
}
