import JobCore

extension JSONWriter {
    /// Writes a member whose value is a string, or null.
    mutating func member(_ name: String, orNull value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member whose value is a whole number, or null.
    mutating func member(_ name: String, orNull value: Int64?) {
        self.name(name)
        if let value { int(Int(value)) } else { null() }
    }
}
