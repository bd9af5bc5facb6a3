public import Foundation

/// Names one job: a UUID of version 7, so that ids sort by the time of submission.
public struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the canonical text form; nil when the text is not a UUID.
    public init?(_ text: some StringProtocol) {
        guard let uuid = UUID(uuidString: String(text)) else { return nil }
        self.uuid = uuid
    }

    /// Makes a new id as RFC 9562 section 5.7 lays it out: 48 bits of Unix milliseconds, then the sub-millisecond part
    /// of the time in 12 bits (method 3 of section 6.2), then 62 random bits.
    ///
    /// - Parameters:
    ///   - time: The time that goes into the id.
    ///   - generator: Where the random bits come from.
    public init(at time: Date, using generator: inout some RandomNumberGenerator) {
        let milliseconds = time.timeIntervalSince1970 * 1000
        let whole = milliseconds.rounded(.down)
        let high = UInt64(whole) << 16 | 0x7000 | UInt64((milliseconds - whole) * 4096) & 0x0FFF
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        uuid = UUID(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
                byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            )
        )
    }

    /// Makes a new id for this moment.
    public static func make() -> JobID {
        var generator = SystemRandomNumberGenerator()
        return JobID(at: Date(), using: &generator)
    }

    /// The canonical form in small letters, as RFC 9562 section 4 asks of writers.
    public var description: String {
        uuid.uuidString.lowercased()
    }
}
