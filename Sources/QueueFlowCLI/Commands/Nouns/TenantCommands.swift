import ArgumentParser
import Formats

/// `queueflow tenants`.
struct TenantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenants",
        abstract: "Tenants and their limits; for administrators.",
        subcommands: [
            ListCommand<TenantListing>.self, GetCommand<TenantShowing>.self, CreateTenantCommand.self,
            LimitTenantCommand.self, ActCommand<SuspendTenant>.self, ActCommand<ResumeTenant>.self,
            ActCommand<DeleteTenant>.self,
        ]
    )
}

/// How tenants stand.
struct TenantStateFilter: ListFilter {
    @Option(help: ArgumentHelp("Those that are active, suspended or deleting.", valueName: "state"))
    var state: String?

    func parameters() -> [APICall.Parameter] { state.map { [.init("state", $0)] } ?? [] }
}

enum TenantListing: Listing {
    typealias Filter = TenantStateFilter
    static let noun = Noun.tenants
    static let abstract = "List tenants."
}

enum TenantShowing: Showing {
    static let noun = Noun.tenants
    static let abstract = "Show a tenant with its limits and what it has."
}

enum SuspendTenant: Act {
    static let noun = Noun.tenants
    static let verb = "suspend"
    static let abstract = "Take no jobs of a tenant and run none."
    static let done = "suspended"
    static let warning: String? = "None of its jobs will run until it is resumed."
}

enum ResumeTenant: Act {
    static let noun = Noun.tenants
    static let verb = "resume"
    static let abstract = "Go on with a tenant."
    static let done = "resumed"
}

enum DeleteTenant: Act {
    static let noun = Noun.tenants
    static let verb = "delete"
    static let abstract = "Delete a tenant with all that it has; it must be suspended."
    static let done = "is being deleted"
    static let method = APICall.Method.delete
    static let suffix = ""
    static let warning: String? = "All its jobs, schedules, accounts and keys are deleted; they cannot be brought back."
}

/// Limits of a tenant's own.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "A limit of its own, such as waiting_jobs=1000, or waiting_jobs=none for the installation's; may be given several times.",
            valueName: "name=number"
        )
    )
    var limits: [String] = []

    func validate() throws {
        for limit in limits {
            let parts = limit.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[1] == "none" || Int(parts[1]) != nil else {
                throw ValidationError("--limit is '\(limit)'; expected NAME=NUMBER or NAME=none")
            }
        }
    }

    /// The limits as an object; nil when none was given.
    var object: [UInt8]? {
        guard !limits.isEmpty else { return nil }
        var members = Members()
        for limit in limits {
            let parts = limit.split(separator: "=", maxSplits: 1).map(String.init)
            members.add(parts[0], raw: Array((parts[1] == "none" ? "null" : parts[1]).utf8))
        }
        return members.bytes
    }
}

/// `queueflow tenants create`.
struct CreateTenantCommand: CallCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a tenant.")

    @Argument(help: "What it is called.") var name: String
    @OptionGroup var limits: LimitOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        var members = Members()
        members.add("name", name)
        members.add("own_limits", raw: limits.object)
        let tenant = try await connection.client().send(APICall(.post, Noun.tenants.path, members: members)).json()
        try output.printer(for: .tenants).print(tenant)
    }
}

/// `queueflow tenants edit`: a tenant's own limits.
struct LimitTenantCommand: CallCommand {
    static let configuration = CommandConfiguration(commandName: "edit", abstract: "Change a tenant's own limits.")

    @Argument(help: "The tenant.") var name: String
    @OptionGroup var limits: LimitOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if limits.limits.isEmpty { throw ValidationError("nothing to change was given; give --limit NAME=NUMBER") }
    }

    func call() async throws {
        var members = Members()
        members.add("own_limits", raw: limits.object)
        let call = APICall(.patch, Noun.tenants.path(of: name), members: members)
        try output.printer(for: .tenants).print(try await connection.client().send(call).json())
    }
}
