/// What a caller wants to do with a descriptor, or what has become possible.
public struct DescriptorInterest: OptionSet, Sendable, Hashable {
    /// The set as bits.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There are bytes to read, or the peer has closed the connection.
    public static let read = DescriptorInterest(rawValue: 1 << 0)
    /// The kernel takes more bytes.
    public static let write = DescriptorInterest(rawValue: 1 << 1)
}
