public import Logging

/// The error of a `LOG_LEVEL` that names no level.
public struct InvalidLogLevel: Error, Equatable, CustomStringConvertible {
    /// The text that was given.
    public let text: String

    /// A sentence that says what is allowed.
    public var description: String {
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        return "LOG_LEVEL is \"\(text)\"; set it to one of \(levels)."
    }
}

extension Logger.Level {
    /// Reads a level from the text of `LOG_LEVEL`, in capitals or not.
    ///
    /// - Parameter text: The variable's value.
    /// - Throws: ``InvalidLogLevel`` when it names no level.
    public init(setting text: String) throws(InvalidLogLevel) {
        guard let level = Logger.Level(text) else {
            throw InvalidLogLevel(text: text)
        }
        self = level
    }
}
