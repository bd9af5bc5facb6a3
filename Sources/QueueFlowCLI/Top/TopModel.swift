import Formats

/// What `queueflow top` shows and how it answers keys; it does nothing by itself.
struct TopModel: Sendable {
    /// What is shown.
    enum Tab: Int, CaseIterable, Sendable {
        case overview, jobs, queues, workers, dead, operations

        var title: String {
            switch self {
            case .overview: "Overview"
            case .jobs: "Jobs"
            case .queues: "Queues"
            case .workers: "Workers"
            case .dead: "Dead"
            case .operations: "Operations"
            }
        }

        /// What its rows are; nil when it has none.
        var noun: Noun? {
            switch self {
            case .overview: nil
            case .jobs: .jobs
            case .queues: .queues
            case .workers: .workers
            case .dead: .deadLetterGroups
            case .operations: .operations
            }
        }

        /// The columns that fit a narrow terminal.
        var columns: [String] {
            switch self {
            case .overview: []
            case .jobs: ["id", "state", "type", "queue", "attempt", "created", "error"]
            case .queues: ["name", "tenant", "paused", "queued", "running", "retrying", "dead", "oldest"]
            case .workers: ["name", "draining", "running", "slots", "queues", "started"]
            case .dead: ["count", "type", "kind", "last", "error"]
            case .operations: ["kind", "state", "matched", "changed", "skipped", "created", "created_by", "filter"]
            }
        }
    }

    /// What the keyboard is for at the moment.
    enum Mode: Sendable {
        case browsing
        case help
        /// A filter is being typed.
        case filtering
        /// A call is made if the answer is yes.
        case confirming(String, APICall, done: String)
        /// Lines about one thing, from an offset on.
        case details(title: String, lines: [String], offset: Int)
    }

    /// What is to be done because of a key.
    enum Action: Sendable {
        case quit
        /// Read what is shown anew.
        case refresh
        /// Make a call, and say what was done by it.
        case call(APICall, done: String)
        /// Show all that is known of a row.
        case open(Tab, JSONValueSlice)
    }

    /// The states that `s` goes through in the list of jobs.
    static let states: [String?] = [
        nil, "running", "queued", "scheduled", "retrying", "dead", "completed", "cancelled",
    ]

    var tab = Tab.overview
    var mode = Mode.browsing
    var overview: JSONValueSlice?
    var history: [JSONValueSlice] = []
    private(set) var rows: [Tab: [JSONValueSlice]] = [:]
    /// The tabs of which only the newest things were looked at.
    private(set) var partial: Set<Tab> = []
    /// Only jobs in this state are listed.
    private(set) var jobState: String?
    /// Only rows with this text are shown.
    private(set) var filter = ""
    private(set) var isPaused = false
    /// What was done, or why it was not.
    var message: (text: String, isFailure: Bool)?
    /// Why the server does not answer; nil while it does.
    var problem: String?
    /// The key of the row that is selected, which stays selected wherever it moves.
    private var selected: [Tab: String] = [:]

    /// The rows of the tab that the filter leaves.
    var shown: [JSONValueSlice] {
        let all = rows[tab] ?? []
        let wanted = filter.lowercased()
        return wanted.isEmpty ? all : all.filter { $0.compact.lowercased().contains(wanted) }
    }

    /// Where among those the selected row is; nil when there are none.
    var selection: Int? {
        let shown = shown
        guard !shown.isEmpty else { return nil }
        return selected[tab].flatMap { key in shown.firstIndex { self.key(of: $0) == key } } ?? 0
    }

    /// Takes what was read of a tab.
    ///
    /// - Parameter isComplete: Whether all that was asked for was looked at.
    mutating func take(_ items: [JSONValueSlice], of tab: Tab, isComplete: Bool = true) {
        rows[tab] = items
        if isComplete { partial.remove(tab) } else { partial.insert(tab) }
    }

    private func key(of row: JSONValueSlice) -> String {
        guard let noun = tab.noun else { return "" }
        return (row.at(noun.key)?.plainText ?? "") + "/" + (row.text("tenant") ?? "")
    }

    // MARK: Keys

    /// Answers a key.
    ///
    /// - Parameter height: How many rows or lines are seen at once.
    mutating func press(_ key: TopKey, height: Int) -> [Action] {
        if key == .control("c") { return [.quit] }
        switch mode {
        case .help:
            mode = .browsing
            return []
        case .filtering: return pressFiltering(key)
        case .confirming(_, let call, let done):
            mode = .browsing
            if key == .character("y") || key == .character("Y") { return [.call(call, done: done)] }
            message = ("Nothing was done.", false)
            return []
        case .details(let title, let lines, let offset):
            guard let step = step(key, height) else {
                mode = .browsing
                return []
            }
            let last = max(0, lines.count - height)
            mode = .details(title: title, lines: lines, offset: min(max(0, offset + step), last))
            return []
        case .browsing:
            message = nil
            return pressBrowsing(key, height)
        }
    }

    private mutating func pressFiltering(_ key: TopKey) -> [Action] {
        switch key {
        case .character(let character): filter.append(character)
        case .backspace: if !filter.isEmpty { filter.removeLast() }
        case .escape:
            filter = ""
            mode = .browsing
        case .enter: mode = .browsing
        default: break
        }
        return []
    }

    private mutating func pressBrowsing(_ key: TopKey, _ height: Int) -> [Action] {
        if let step = step(key, height) {
            move(by: step)
            return []
        }
        switch key {
        case .character("q"): return [.quit]
        case .character("?"), .character("h"): mode = .help
        case .right, .tab: return show(Tab(rawValue: (tab.rawValue + 1) % Tab.allCases.count))
        case .left, .backTab:
            return show(Tab(rawValue: (tab.rawValue + Tab.allCases.count - 1) % Tab.allCases.count))
        case .character("/"): if tab.noun != nil { mode = .filtering }
        case .escape: filter = ""
        case .character(" "):
            isPaused.toggle()
            return isPaused ? [] : [.refresh]
        case .character("r"): return [.refresh]
        case .character("s") where tab == .jobs:
            let index = Self.states.firstIndex { $0 == jobState } ?? 0
            jobState = Self.states[(index + 1) % Self.states.count]
            return [.refresh]
        case .enter: if let selection { return [.open(tab, shown[selection])] }
        case .character(let character):
            if let number = character.wholeNumberValue { return show(Tab(rawValue: number - 1)) }
            if let selection { act(character, shown[selection]) }
        default: break
        }
        return []
    }

    private mutating func show(_ next: Tab?) -> [Action] {
        guard let next, next != tab else { return [] }
        tab = next
        filter = ""
        return [.refresh]
    }

    private func step(_ key: TopKey, _ height: Int) -> Int? {
        switch key {
        case .up, .character("k"): -1
        case .down, .character("j"): 1
        case .pageUp: -height
        case .pageDown: height
        case .home, .character("g"): -1_000_000
        case .end, .character("G"): 1_000_000
        default: nil
        }
    }

    private mutating func move(by step: Int) {
        let shown = shown
        guard let selection else { return }
        selected[tab] = key(of: shown[min(max(0, selection + step), shown.count - 1)])
    }

    /// Asks before what a capital letter does to the selected row.
    private mutating func act(_ character: Character, _ row: JSONValueSlice) {
        guard let act = TopAct.all.first(where: { $0.tab == tab && $0.key == character }) else { return }
        mode = .confirming(act.question(row), act.call(row), done: act.done(row))
    }
}

/// What a capital letter does to a row.
struct TopAct: Sendable {
    let tab: TopModel.Tab
    let key: Character
    /// The word for it, such as `Pause`.
    let verb: String
    /// What was done, such as `paused`.
    let past: String
    /// The member that the row is called by.
    let member: String
    let call: @Sendable (JSONValueSlice) -> APICall

    func question(_ row: JSONValueSlice) -> String { "\(verb) \(name(row))?" }

    func done(_ row: JSONValueSlice) -> String { "\(name(row)) \(past)" }

    private func name(_ row: JSONValueSlice) -> String { (row.at(member)?.plainText ?? "").printable }

    static let all: [TopAct] = [
        TopAct(tab: .jobs, key: "R", verb: "Retry", past: "is queued", member: "id") {
            RetryJobs.call($0.text("id") ?? "")
        },
        TopAct(tab: .jobs, key: "C", verb: "Cancel", past: "cancelled", member: "id") {
            CancelJobs.call($0.text("id") ?? "")
        },
        TopAct(tab: .jobs, key: "D", verb: "Delete", past: "deleted", member: "id") {
            DeleteJobs.call($0.text("id") ?? "")
        },
        TopAct(tab: .queues, key: "P", verb: "Pause", past: "paused", member: "name") { queue($0, "pause") },
        TopAct(tab: .queues, key: "R", verb: "Resume", past: "resumed", member: "name") { queue($0, "resume") },
        TopAct(tab: .workers, key: "D", verb: "Drain", past: "drains", member: "name") {
            APICall(.post, Noun.workers.path(of: $0.text("id") ?? "") + "/drain")
        },
        TopAct(tab: .dead, key: "R", verb: "Replay all of", past: "is being replayed", member: "fingerprint") {
            group($0, ReplayDeadLetters.kind)
        },
        TopAct(tab: .dead, key: "D", verb: "Delete all of", past: "is being deleted", member: "fingerprint") {
            group($0, DropDeadLetters.kind)
        },
        TopAct(tab: .operations, key: "S", verb: "Stop", past: "stopped", member: "id") {
            APICall(.post, Noun.operations.path(of: $0.text("id") ?? "") + "/stop")
        },
    ]

    private static func queue(_ row: JSONValueSlice, _ verb: String) -> APICall {
        let tenant = row.text("tenant").map { [APICall.Parameter("tenant", $0)] } ?? []
        return APICall(.post, Noun.queues.path(of: row.text("name") ?? "") + "/" + verb, query: tenant)
    }

    private static func group(_ row: JSONValueSlice, _ kind: String) -> APICall {
        var members = Members()
        members.add("kind", kind)
        members.add(
            "filter",
            raw: Operations.filter([.init("state", "dead"), .init("fingerprint", row.text("fingerprint") ?? "")])
        )
        return APICall(.post, Noun.operations.path, members: members)
    }
}
