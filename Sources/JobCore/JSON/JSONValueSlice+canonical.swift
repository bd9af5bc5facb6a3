extension JSONValueSlice {
    /// The value without what may differ between two ways of saying the same: white space, the order of an object's members and
    /// how strings are escaped. Numbers stay as they were written.
    public var canonicalBytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: rawBytes.count)
        writer.canonical(self)
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func canonical(_ value: JSONValueSlice) {
        // A value that cannot be read, as with a name that comes twice, stands for itself.
        if let object = try? value.object {
            let members = object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            self.object { writer in
                for member in members {
                    writer.name(member.name)
                    writer.canonical(member.value)
                }
            }
        } else if let elements = value.array {
            array { writer in
                for element in elements { writer.canonical(element) }
            }
        } else if let text = value.string {
            string(text)
        } else {
            raw(value)
        }
    }
}
