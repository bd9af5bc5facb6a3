/// The headers or trailers of a call: an ordered list of keys with text or binary values.
///
/// A key may occur several times; the order of its values is kept. Keys compare without regard to case and travel in lower
/// case. A key that ends in `-bin` carries bytes, any other key carries printable ASCII (0x20-0x7E). From the
/// gRPC-over-HTTP/2 specification, "Custom-Metadata".
public struct Metadata: Hashable, Sendable {
    private(set) var entries: [Entry] = []

    /// One key with one value.
    struct Entry: Hashable, Sendable {
        var key: String
        var value: Value
    }

    /// No metadata.
    public init() {}

    /// Adds a text value after those that `key` has. The key must not end in `-bin`.
    public mutating func addString(_ value: String, forKey key: String) {
        entries.append(Entry(key: Self.canonical(key), value: .string(value)))
    }

    /// Adds a binary value after those that `key` has. The key must end in `-bin`.
    public mutating func addBinary(_ value: [UInt8], forKey key: String) {
        entries.append(Entry(key: Self.canonical(key), value: .binary(value)))
    }

    /// Adds all values of `other` after the present ones.
    public mutating func add(contentsOf other: Metadata) {
        entries.append(contentsOf: other.entries)
    }

    /// Removes every value of `key`.
    public mutating func removeAll(forKey key: String) {
        let key = Self.canonical(key)
        entries.removeAll { $0.key == key }
    }

    /// The first text value of `key`; setting replaces all of its values, `nil` removes them.
    public subscript(key: String) -> String? {
        get {
            let key = Self.canonical(key)
            for entry in entries where entry.key == key {
                if case .string(let value) = entry.value { return value }
            }
            return nil
        }
        set {
            removeAll(forKey: key)
            if let newValue { addString(newValue, forKey: key) }
        }
    }

    /// All values of `key`, in order.
    public subscript(values key: String) -> [Value] {
        let key = Self.canonical(key)
        return entries.lazy.filter { $0.key == key }.map(\.value)
    }

    /// All text values of `key`, in order.
    public subscript(strings key: String) -> [String] {
        self[values: key].compactMap { if case .string(let value) = $0 { value } else { nil } }
    }

    /// All binary values of `key`, in order; the key ends in `-bin`.
    public subscript(binaries key: String) -> [[UInt8]] {
        self[values: key].compactMap { if case .binary(let value) = $0 { value } else { nil } }
    }

    private static func canonical(_ key: String) -> String {
        key.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ? key.lowercased() : key
    }
}

extension Metadata {
    /// The value of one entry.
    public enum Value: Hashable, Sendable {
        /// Printable ASCII, under a key that does not end in `-bin`.
        case string(String)
        /// Any bytes, under a key that ends in `-bin`.
        case binary([UInt8])
    }
}

extension Metadata.Value: ExpressibleByStringInterpolation {
    /// A text value.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension Metadata.Value: ExpressibleByArrayLiteral {
    /// A binary value.
    public init(arrayLiteral elements: UInt8...) { self = .binary(elements) }
}

extension Metadata: RandomAccessCollection {
    /// The position of the first entry.
    public var startIndex: Int { entries.startIndex }
    /// The position after the last entry.
    public var endIndex: Int { entries.endIndex }

    /// The entry at `position`.
    public subscript(position: Int) -> (key: String, value: Value) {
        (entries[position].key, entries[position].value)
    }
}

extension Metadata: ExpressibleByDictionaryLiteral {
    /// Values by key, in the order written.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init()
        for (key, value) in elements { entries.append(Entry(key: Self.canonical(key), value: value)) }
    }
}

extension Metadata: CustomStringConvertible {
    /// The keys alone, since values may be credentials.
    public var description: String { "Metadata(keys: \(entries.map(\.key)))" }
}
