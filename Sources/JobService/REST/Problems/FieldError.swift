/// What is wrong with one member of a body, or one parameter of a query.
struct FieldError: Error, Hashable, Sendable {
    /// The member's name; `retry.base` and `tags[2]` for what lies deeper.
    var field: String
    /// What is expected instead.
    var detail: String
}
