extension JSONWriter {
    /// Writes a member whose value is a string.
    public mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a member whose value is a whole number.
    public mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        int(value)
    }

    /// Writes a member whose value is a number; `null` for one that is not finite.
    public mutating func member(_ name: String, _ value: Double) {
        self.name(name)
        double(value)
    }

    /// Writes a member whose value is `true` or `false`.
    public mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// Writes a member whose value is handed on exactly as it was sent.
    public mutating func member(_ name: String, _ value: JSONValueSlice) {
        self.name(name)
        raw(value)
    }

    /// Writes a member whose value is handed on as it is; see ``raw(_:)-([UInt8])``.
    public mutating func member(_ name: String, raw value: [UInt8]) {
        self.name(name)
        raw(value)
    }

    /// Writes a member whose value is an array of strings.
    public mutating func member(_ name: String, _ values: [String]) {
        self.name(name)
        array { array in
            for value in values {
                array.string(value)
            }
        }
    }
}
