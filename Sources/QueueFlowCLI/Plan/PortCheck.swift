import LocalServers

/// Finds ports that other programs hold, before anything is started.
enum PortCheck {
    /// - Parameters:
    ///   - plans: The services that are about to be started.
    ///   - held: The ports on which processes of this stack listen now; they are given back or stay with their service.
    ///   - isFree: Whether a port can be bound.
    /// - Throws: ``StackError/portsTaken(_:)`` naming every taken port.
    static func run(
        _ plans: [ServicePlan],
        held: Set<Int>,
        isFree: (Int) -> Bool = FreePort.isFree
    ) throws(StackError) {
        let taken = plans.flatMap { plan in
            plan.ports.filter { !held.contains($0.number) && !isFree($0.number) }
                .map { StackError.TakenPort(port: $0, service: plan.service) }
        }
        if !taken.isEmpty { throw .portsTaken(taken) }
    }
}
