/// What is wrong with the text of one field.
public enum CronFieldProblem: Hashable, Sendable {
    /// An item of a list, or one side of a `-` or `/`, is missing.
    case missing
    /// Text that is neither a value, a range, a step nor a list of these.
    case unreadable(String)
    /// A number outside the field's values.
    case outside(String)
    /// A range that ends before it begins.
    case backwards(String)
    /// A step that is no whole number of 1 or more.
    case step(String)

    func text(in field: CronField) -> String {
        switch self {
        case .missing: "a value is missing; expected \(field.allowed) on each side of ',', '-' and '/'"
        case .unreadable(let text):
            "'\(text)' cannot be read; expected *, a value, a-b, either with /step, or a comma list of these, "
                + "with values from \(field.allowed)"
        case .outside(let text): "\(text) is outside the field; expected \(field.allowed)"
        case .backwards(let text): "the range \(text) ends before it begins; expected the lower value first"
        case .step(let text): "the step '\(text)' is not possible; expected a whole number of 1 or more"
        }
    }
}
