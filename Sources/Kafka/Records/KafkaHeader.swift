/// A name and a value that travel beside a record's own value.
public struct KafkaHeader: Hashable, Sendable {
    /// The header's name; a record may hold a name several times.
    public let name: String
    /// The header's bytes; nil is a null value, which Kafka tells apart from an empty one.
    public let value: [UInt8]?

    /// Makes a header of raw bytes.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Makes a header of text, as UTF-8.
    public init(name: String, text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}
