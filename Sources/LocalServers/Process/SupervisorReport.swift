import Foundation

/// A line that the supervising shell reports, see ``Leash``.
enum SupervisorReport: Equatable {
    case pid(Int32)
    case exit(Int32)

    init?(_ line: String) {
        let words = line.split(separator: " ")
        guard words.count == 2, let number = Int32(words[1]) else { return nil }
        switch words[0] {
        case "pid": self = .pid(number)
        case "exit": self = .exit(number)
        default: return nil
        }
    }
}
