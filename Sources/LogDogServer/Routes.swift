import LogDogServices
import Logging
import PRPCServer
import ReadModels

/// What is at which path.
enum Routes {
    static func router(
        _ context: ServiceContext, _ services: [PRPCService], _ bundles: BundleIngest,
        _ rewriting: JournalRewriting, _ archival: ArchivalHealth, _ metrics: ServerMetrics,
        _ configuration: ConfigurationKeeper?, followers: Int,
        _ log: Logger
    ) -> Router {
        var calls = PRPCHandler.Options()
        calls.allowedOrigins = { context.authority.service.allowedOrigins }
        let rpc = PRPCHandler(services, options: calls) { method, error in
            log.error(
                "a call failed",
                metadata: [
                    "method": "\(method)", "code": "\(error.code)", "error": "\(error.message)",
                ])
        }
        let ingest = IngestRoute(bundles, context, metrics)
        let purge = PurgeRoute(context)
        let page = LogPage(context, places: FollowerPlaces(limit: followers))
        let steering = RetentionRoute(context, rewriting, archival.sweep)
        let archives = ArchiveRoute(context)
        let explorer = ExplorerPage()
        let viewerStyle = EmbeddedAsset("text/css; charset=utf-8", PackageResources.viewer_css)
        let viewerScript = EmbeddedAsset(
            "text/javascript; charset=utf-8", PackageResources.viewer_js)
        let operators = OperatorPages(context, metrics, archival, configuration)
        let everyMethod = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
        return Router([
            .init(["POST"], "/ingest/v1/bundles", isBrief: IngestRoute.isBrief) {
                await ingest.reply(to: $0)
            },
            .init(everyMethod, "/prpc/*") { await rpc.reply(to: $0) },
            .init(["POST"], "/admin/v1/purge") { await purge.reply(to: $0) },
            .init(["GET"], "/logs") { _ in .redirect(301, to: "/logs/") },
            .init(["GET"], "/logs/*") { await page.reply(to: $0) },
            .init(["GET"], "/v/") { ViewerRedirect.reply(to: $0) },
            .init(["GET"], "/") { _ in .redirect(302, to: "/rpcexplorer/") },
            .init(["GET"], "/favicon.ico") { _ in HTTPReply(status: 204) },
            .init(["GET"], "/static/viewer.css") { viewerStyle.reply(to: $0) },
            .init(["GET"], "/static/viewer.js") { viewerScript.reply(to: $0) },
            .init(["GET"], "/rpcexplorer") { _ in .redirect(301, to: "/rpcexplorer/") },
            .init(["GET"], "/rpcexplorer/*") { explorer.reply(to: $0) },
            .init(["GET", "POST"], RetentionRoute.path + "*") { await steering.reply(to: $0) },
            .init(["GET", "HEAD"], "/archives/*") { await archives.reply(to: $0) },
            .init(["GET", "HEAD"], "/healthz") { _ in .text(200, "ok") },
            .init(["GET", "HEAD"], "/readyz") { await operators.readiness($0) },
            .init(["GET"], "/metrics") { await operators.metrics($0) },
        ])
    }
}
