import TestSupport
import Testing

/// What people do with the dashboard, in a real browser.
extension EndToEndTests {
    @Test(arguments: ["dashboard_jobs.py", "dashboard_pages.py"])
    func theDashboardIsUsedInABrowser(by script: String) async throws {
        let python = try Python()
        let (folder, status) = try await Script("deploy/dev/uplot").run()
        try #require(status == 0, "\(folder)")
        let uPlot = folder.split(separator: "\n").last.map(String.init) ?? ""
        try await TestStack.run([.jobService: ["UPLOT_DIR": uPlot]]) { stack in
            let (output, code) = try await python.run(script, [stack.url, "admin", TestStack.adminPassword])
            #expect(code == 0, "\(script): \(output)")
        }
    }
}
