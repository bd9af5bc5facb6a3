package import Formats
package import Foundation

/// Reads the members of a JSON object and notes what is wrong with them. A member that is null counts as not given.
package struct MemberReader {
    private let object: JSONObjectSlice
    private let prefix: String

    /// What is wrong so far.
    package private(set) var errors: FieldErrors

    /// Reads an object, in which only members of the known names may stand.
    ///
    /// - Parameters:
    ///   - prefix: What stands before the members' names in messages, such as `retry.`.
    ///   - errors: What is wrong so far.
    package init(_ object: JSONObjectSlice, known: [String], prefix: String = "", errors: FieldErrors = FieldErrors()) {
        self.object = object
        self.prefix = prefix
        self.errors = errors
        for member in object.members where !known.contains(member.name) {
            self.errors.addUnknown(member.name, prefix: prefix, known: known)
        }
    }

    /// Notes that a member is wrong.
    package mutating func refuse(_ name: String, _ detail: String) {
        errors.add(prefix + name, detail)
    }

    /// A member's value, of any type; nil when it is not given.
    package func value(_ name: String) -> JSONValueSlice? {
        object[name].flatMap { $0.isNull ? nil : $0 }
    }

    /// Whether a member is given, be it null.
    package func isGiven(_ name: String) -> Bool { object[name] != nil }

    /// A string.
    package mutating func string(_ name: String) -> String? {
        read(name, expected: "a string") { $0.string }
    }

    /// `true` or `false`.
    package mutating func bool(_ name: String) -> Bool? {
        read(name, expected: "true or false") { $0.bool }
    }

    /// A whole number.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        read(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number.
    ///
    /// - Parameter expected: What it may be, such as `seconds, from 0 to 3600`.
    package mutating func number(_ name: String, in range: ClosedRange<Double>, expected: String) -> Double? {
        read(name, expected: expected) { value in value.double.flatMap { range.contains($0) ? $0 : nil } }
    }

    /// One of an enumeration's names.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Choice.Type)
        -> Choice?
    {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return read(name, expected: "one of \(names)") { $0.string.flatMap(Choice.init) }
    }

    /// A time.
    package mutating func time(_ name: String) -> Date? {
        read(name, expected: "an RFC 3339 time with an offset, such as 2030-01-31T09:00:00Z") { value in
            value.string.flatMap { RFC3339.date($0) }
        }
    }

    /// A name that follows rules of its own.
    package mutating func name<Name: ValidatedName>(_ name: String, as type: Name.Type) -> Name? {
        guard let text = string(name) else { return nil }
        do {
            return try Name(text)
        } catch {
            refuse(name, "\(error)")
            return nil
        }
    }

    /// Reads a member of type object with a reader of its own.
    ///
    /// - Returns: What `read` returned; nil when the member is not given or of another type.
    package mutating func object<Result>(_ name: String, known: [String], _ read: (inout MemberReader) -> Result)
        -> Result?
    {
        guard let value = value(name) else { return nil }
        do throws(JSONError) {
            guard let object = try value.object else {
                refuse(name, "must be an object, got \(value.brief)")
                return nil
            }
            var inner = MemberReader(object, known: known, prefix: "\(prefix)\(name).", errors: errors)
            defer { errors = inner.errors }
            return read(&inner)
        } catch {
            refuse(name, "\(error)")
            return nil
        }
    }

    private mutating func read<Value>(_ name: String, expected: String, _ convert: (JSONValueSlice) -> Value?) -> Value?
    {
        guard let value = value(name) else { return nil }
        guard let converted = convert(value) else {
            refuse(name, "must be \(expected), got \(value.brief)")
            return nil
        }
        return converted
    }
}
