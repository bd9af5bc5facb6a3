/// A name that clients choose: 1 to `maxLength` letters, digits, `.`, `_` or `-`.
public protocol ValidatedName: Hashable, Sendable, CustomStringConvertible {
    /// The most characters such a name may have.
    static var maxLength: Int { get }
    /// What such a name is called in a message to a person.
    static var kind: String { get }
    /// Whether the byte may be in such a name.
    static func allows(_ byte: UInt8) -> Bool
    /// The name's text.
    var rawValue: String { get }
    /// Takes text that was found valid.
    init(validated: String)
}

extension ValidatedName {
    /// Checks and takes a name.
    ///
    /// - Throws: ``InvalidName`` saying what is allowed.
    public init(_ text: String) throws(InvalidName) {
        guard !text.isEmpty, text.utf8.count <= Self.maxLength, text.utf8.allSatisfy(Self.allows) else {
            throw InvalidName(kind: Self.kind, maxLength: Self.maxLength, allowsDots: Self.allows(UInt8(ascii: ".")))
        }
        self.init(validated: text)
    }

    /// Letters, digits, `.`, `_` and `-`.
    public static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The name's text.
    public var description: String { rawValue }
}
