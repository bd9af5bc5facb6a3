public import Foundation

/// A UUID that names things of one kind.
public protocol UUIDIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The id as the database and the wire know it.
    var uuid: UUID { get }

    /// Takes an id that was made earlier.
    init(_ uuid: UUID)
}

extension UUIDIdentifier {
    /// Reads the canonical text form; nil when the text is not a UUID.
    public init?(_ text: some StringProtocol) {
        guard let uuid = UUID(uuidString: String(text)) else { return nil }
        self.init(uuid)
    }

    /// The canonical form in small letters.
    public var description: String {
        uuid.text
    }
}

/// Names one job: a UUID of version 7, so that ids sort by the time of submission.
public struct JobID: UUIDIdentifier {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Makes a new id.
    ///
    /// - Parameters:
    ///   - time: The time that goes into the id.
    ///   - generator: Where the random bits come from.
    public init(at time: Date, using generator: inout some RandomNumberGenerator) {
        uuid = UUID(version7At: time, using: &generator)
    }

    /// Makes a new id for this moment.
    public static func make() -> JobID {
        JobID(.version7())
    }

    /// What is later than any id.
    package static let last = JobID(
        UUID(uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
    )

    /// What is no later than any id that was made at a time or after it, and later than all that were made before.
    ///
    /// - Parameter time: From 1970 on; an earlier one counts as 1970.
    package init(firstAt time: Date) {
        let milliseconds = UInt64(max(0, (time.timeIntervalSince1970 * 1000).rounded(.down)))
        func byte(_ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * index)) }
        uuid = UUID(uuid: (byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    }
}

/// Names one schedule: a UUID of version 7, so that ids sort by the time of creation.
public struct ScheduleID: UUIDIdentifier {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Makes a new id for this moment.
    public static func make() -> ScheduleID {
        ScheduleID(.version7())
    }
}

/// Names one worker process for as long as it lives. A restarted process is another worker.
public struct WorkerID: UUIDIdentifier {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Makes an id for a process that starts.
    public static func make() -> WorkerID {
        WorkerID(UUID())
    }
}

extension JobID {
    /// The id as protobuf messages carry it: 16 bytes.
    package var bytes: Data { uuid.bytes }

    /// Reads an id from a message; nil when it is not 16 bytes.
    package init?(bytes: Data) {
        guard let uuid = UUID(bytes: bytes) else { return nil }
        self.init(uuid)
    }
}

extension WorkerID {
    /// The id as protobuf messages carry it: 16 bytes.
    package var bytes: Data { uuid.bytes }

    /// Reads an id from a message; nil when it is not 16 bytes.
    package init?(bytes: Data) {
        guard let uuid = UUID(bytes: bytes) else { return nil }
        self.init(uuid)
    }
}

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
    package static func version7() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return UUID(version7At: Date(), using: &generator)
    }
    /// The canonical form in small letters, as RFC 9562 section 4 asks of writers.
    package var text: String { uuidString.lowercased() }
}

extension UUID {
    fileprivate var bytes: Data {
        withUnsafeBytes(of: uuid) { Data($0) }
    }

    fileprivate init?(bytes: Data) {
        guard bytes.count == 16 else { return nil }
        self.init(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
    }
}
