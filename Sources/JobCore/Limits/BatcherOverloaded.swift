/// Too much waits already; nothing was taken. Try again later.
public struct BatcherOverloaded: Error, CustomStringConvertible {
    /// Makes the error.
    public init() {}

    /// Says what to do.
    public var description: String { "too many requests are waiting; try again later" }
}
