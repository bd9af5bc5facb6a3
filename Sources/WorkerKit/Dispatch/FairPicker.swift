package import JobCore

/// Decides from which topic the next record is taken.
///
/// Priorities share by weight (critical 8, high 4, normal 2, low 1) and within a priority the topics take turns, so a
/// flood on one queue cannot starve another, and low work moves on even under a flood of critical work. The weighting is
/// smooth weighted round robin, as nginx's upstream module does it: each pick adds every waiting priority's weight to its
/// credit, takes the one with most credit and charges it with the sum.
package struct FairPicker: Sendable {
    private var credit: [Priority: Int] = [:]
    private var turns: [Priority: [Topic]] = [:]

    /// A picker with nothing waiting.
    package init() {}

    /// Says that a topic has records waiting. It joins the end of its priority's turns.
    package mutating func add(_ topic: Topic) {
        turns[topic.priority, default: []].append(topic)
    }

    /// Says that a topic has nothing waiting any more.
    package mutating func remove(_ topic: Topic) {
        turns[topic.priority]?.removeAll { $0 == topic }
        if turns[topic.priority]?.isEmpty ?? true {
            turns[topic.priority] = nil
            credit[topic.priority] = nil
        }
    }

    /// The topic whose turn it is; nil when nothing waits. It stays until it is removed.
    package mutating func next() -> Topic? {
        var chosen: Priority?
        var total = 0
        for priority in Priority.allCases where turns[priority] != nil {
            total += priority.weight
            credit[priority, default: 0] += priority.weight
            if chosen.map({ credit[priority, default: 0] > credit[$0, default: 0] }) ?? true {
                chosen = priority
            }
        }
        guard let chosen, var topics = turns[chosen] else { return nil }
        credit[chosen, default: 0] -= total
        let topic = topics.removeFirst()
        topics.append(topic)
        turns[chosen] = topics
        return topic
    }
}
