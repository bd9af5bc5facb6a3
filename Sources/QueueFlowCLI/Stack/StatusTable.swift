import Foundation

/// The stack's services, what runs of them, and whether it is ready.
struct StatusTable: Sendable, Equatable {
    struct Row: Sendable, Equatable {
        enum State: Sendable, Equatable {
            case ready
            case notReady(String)
            case ended
            case notStarted
            /// The stack is meant to be without it.
            case notWanted
        }

        let service: StackService
        let record: ServiceRecord?
        let state: State
    }

    let rows: [Row]

    /// Whether everything is ready.
    var isReady: Bool { rows.allSatisfy { [.ready, .notWanted].contains($0.state) } }

    /// Asks every service, all at once.
    ///
    /// - Parameter hasWorker: Whether the stack is to have a worker of its own.
    static func read(_ records: ServiceRecords, hasWorker: Bool) async -> StatusTable {
        let rows = await withTaskGroup(of: Row.self) { group in
            for service in StackService.allCases {
                group.addTask {
                    guard let record = records[service] else {
                        let isWanted = service != .worker || hasWorker
                        return Row(service: service, record: nil, state: isWanted ? .notStarted : .notWanted)
                    }
                    guard record.isExternal || record.isRunning else {
                        return Row(service: service, record: record, state: .ended)
                    }
                    let problem = await record.check.problem()
                    return Row(service: service, record: record, state: problem.map { .notReady($0) } ?? .ready)
                }
            }
            var rows: [StackService: Row] = [:]
            for await row in group { rows[row.service] = row }
            return StackService.allCases.compactMap { rows[$0] }
        }
        return StatusTable(rows: rows)
    }

    /// The table as text.
    ///
    /// - Parameters:
    ///   - now: The time from which "up" is counted.
    func text(now: Date) -> String {
        let lines = [["NAME", "PID", "UP", "PORTS", "READY"]] + rows.map { cells($0, now: now) }
        let widths = (0..<5).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    private func cells(_ row: Row, now: Date) -> [String] {
        let runs = ![.ended, .notStarted, .notWanted].contains(row.state)
        let process = row.record?.process
        let pid = runs ? process.map { String($0.pid) } ?? "external" : "-"
        let up = runs && process != nil ? row.record.map { Self.age(now.timeIntervalSince($0.startedAt)) } ?? "-" : "-"
        let ports = row.record.map { record in
            record.address ?? record.ports.map { "\($0.number) \($0.use)" }.joined(separator: ", ")
        }
        let ready =
            switch row.state {
            case .ready: "yes"
            case .notReady(let problem): "NO: \(problem)"
            case .ended: "NO: it has ended; see: queueflow logs \(row.service.rawValue)"
            case .notStarted: "NO: not started"
            case .notWanted: "none of ours (--no-worker); run your own with: eval \"$(queueflow env)\""
            }
        return [row.service.rawValue, pid, up, ports ?? "-", ready]
    }

    /// A time in seconds in its two largest units: `3d 4h`, `12m 5s`.
    static func age(_ seconds: TimeInterval) -> String {
        let total = max(0, Int(seconds))
        let units = [(total / 86400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "m"), (total % 60, "s")]
        let first = units.firstIndex { $0.0 > 0 } ?? 3
        return units[first..<min(first + 2, 4)].map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }
}
