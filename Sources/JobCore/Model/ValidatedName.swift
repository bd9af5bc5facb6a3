/// A name that clients choose: 1 to `maxLength` letters, digits, `.`, `_` or `-`, but neither `.` nor `..`, which are steps of a path
/// (RFC 3986, section 3.3) wherever a name stands in one.
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
        guard !text.isEmpty, text.utf8.count <= Self.maxLength, text.utf8.allSatisfy(Self.allows), text != ".",
            text != ".."
        else {
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

/// Text that cannot be a name.
public struct InvalidName: Error, Hashable, CustomStringConvertible {
    /// What the name was for.
    public var kind: String
    /// The most characters it may have.
    public var maxLength: Int
    /// Whether dots are allowed.
    public var allowsDots: Bool

    package init(kind: String, maxLength: Int, allowsDots: Bool) {
        (self.kind, self.maxLength, self.allowsDots) = (kind, maxLength, allowsDots)
    }

    /// Says what is allowed.
    public var description: String {
        """
        a \(kind) has 1 to \(maxLength) characters out of a-z, A-Z, 0-9, \(allowsDots ? "'.', " : "")'_' and '-'\
        \(allowsDots ? ", and is neither '.' nor '..'" : "")
        """
    }
}

/// Whose job it is. Without dots, so that a topic name is unambiguous.
public struct TenantName: ValidatedName {
    /// As long as a DNS label.
    public static let maxLength = 63
    /// What it is called.
    public static let kind = "tenant name"
    /// The tenant of a platform that has only one.
    public static let `default` = TenantName(validated: "default")

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }

    /// As for other names, less the dot.
    public static func allows(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: ".") && QueueName.allows(byte)
    }
}

/// A line of work that workers subscribe to.
public struct QueueName: ValidatedName {
    /// Leaves room in Kafka's 249 characters for the tenant and the priority.
    public static let maxLength = 100
    /// What it is called.
    public static let kind = "queue name"
    /// The queue of jobs that name none.
    public static let `default` = QueueName(validated: "default")

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}

/// Which handler runs a job.
public struct JobType: ValidatedName {
    /// Generous for `team.service.action` names.
    public static let maxLength = 200
    /// What it is called.
    public static let kind = "job type"

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}

/// What its owner calls a schedule; no other one of the tenant is called so.
public struct ScheduleName: ValidatedName {
    /// Generous for `team.service.action` names.
    public static let maxLength = 200
    /// What it is called.
    public static let kind = "schedule name"

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}

/// What an account is called; unique in all tenants.
public struct Username: ValidatedName {
    /// As long as any log line wants it.
    public static let maxLength = 100
    /// What it is called.
    public static let kind = "user name"

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}
