/// What a server answered, as it is kept with the job.
struct HTTPAnswer: Encodable {
    /// The status.
    var status: Int
    /// The beginning of the body, as text.
    var body: String
    /// Whether there was more of it.
    var isCut: Bool
    /// What it means for the job; not kept.
    var verdict: HTTPVerdict

    private enum CodingKeys: String, CodingKey {
        case status, body
        case isCut = "truncated"
    }
}
