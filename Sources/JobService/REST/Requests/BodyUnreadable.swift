/// A request whose body ended before it was whole: the client broke off, or does not speak HTTP.
struct BodyUnreadable: Error {
    /// What the connection says.
    var cause: any Error
}
