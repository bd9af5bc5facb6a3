/// Certificates could not be used.
public struct TLSError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, and with which file.
    public let description: String
}
