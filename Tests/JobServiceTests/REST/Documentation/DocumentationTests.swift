import Foundation
import HTTPTypes
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct DocumentationTests {
    @Test func withoutSwaggerUIThePageSaysHowToGetIt() async throws {
        try await TestPlatform.shared().serve { api in
            let page = try await api.anonymous.get("/docs", headers: [.accept: "text/html"])
            #expect(page.status == .ok)
            #expect(page.text.contains("make swagger-ui"))
            try await api.anonymous.get("/docs/swagger-ui.css").expectProblem("not-found", .notFound)
        }
    }

    @Test func thePageIsMadeOfFilesOfThisHostOnly() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(SwaggerUI(directory: folder.path).page.contains("make swagger-ui"))
        for name in ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "secret"] {
            try Data(name.utf8).write(to: folder.appending(path: name))
        }
        let swaggerUI = SwaggerUI(directory: folder.path)
        let used = swaggerUI.page.matches(of: #/(?:href|src)="([^"]*)"/#).map { String($0.1) }
        #expect(used.count == 4)
        for path in used {
            #expect(path.hasPrefix("/docs/"))
            #expect(swaggerUI[String(path.dropFirst("/docs/".count))] != nil)
        }
        #expect(swaggerUI["secret"] == nil)
        #expect(swaggerUI["../\(folder.lastPathComponent)/secret"] == nil)
    }
}
