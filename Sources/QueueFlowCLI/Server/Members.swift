import Formats

/// The members of an object that is being put together; those without a value are left out.
struct Members: Sendable {
    private var members: [(name: String, value: [UInt8])] = []

    var isEmpty: Bool { members.isEmpty }

    mutating func add(_ name: String, raw value: [UInt8]?) {
        guard let value else { return }
        members.removeAll { $0.name == name }
        members.append((name, value))
    }

    mutating func add(_ name: String, _ value: String?) { if let value { add(name) { $0.string(value) } } }

    mutating func add(_ name: String, _ value: [String]) {
        add(name) { $0.array { for text in value { $0.string(text) } } }
    }

    mutating func add(_ name: String, _ value: Int?) { if let value { add(name) { $0.int(value) } } }

    mutating func add(_ name: String, _ value: Double?) { if let value { add(name) { $0.double(value) } } }

    mutating func add(_ name: String, _ value: Bool?) { if let value { add(name) { $0.bool(value) } } }

    mutating func remove(_ name: String) { members.removeAll { $0.name == name } }

    /// The object.
    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in for member in members { writer.member(member.name, raw: member.value) } }
        return writer.bytes
    }

    private mutating func add(_ name: String, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        add(name, raw: writer.bytes)
    }
}
