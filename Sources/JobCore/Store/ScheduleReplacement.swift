/// What became of the wish to write a schedule anew.
public enum ScheduleReplacement: Hashable, Sendable {
    /// It is on record.
    case replaced(Schedule)
    /// There is no such schedule.
    case notFound
    /// Another schedule of the tenant has the name.
    case nameTaken
    /// It was written by somebody else meanwhile and has this version now.
    case outdated(version: Int)
}
