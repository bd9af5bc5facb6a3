/// The dashboard's own files, which are embedded in this executable.
enum DashboardPages {
    /// Each of `Sources/JobService/Dashboard`, by its path there.
    static var all: [String: [UInt8]] {
        [
            "app.js": PackageResources.app_js,
            "favicon.svg": PackageResources.favicon_svg,
            "index.html": PackageResources.index_html,
            "lib/api.js": PackageResources.api_js,
            "lib/chart.js": PackageResources.chart_js,
            "lib/controls.js": PackageResources.controls_js,
            "lib/dialog.js": PackageResources.dialog_js,
            "lib/events.js": PackageResources.events_js,
            "lib/html.js": PackageResources.html_js,
            "lib/json.js": PackageResources.json_js,
            "lib/numbers.js": PackageResources.numbers_js,
            "lib/router.js": PackageResources.router_js,
            "lib/session.js": PackageResources.session_js,
            "lib/settings.js": PackageResources.settings_js,
            "lib/shortcuts.js": PackageResources.shortcuts_js,
            "lib/table.js": PackageResources.table_js,
            "lib/time.js": PackageResources.time_js,
            "lib/toast.js": PackageResources.toast_js,
            "pages.css": PackageResources.pages_css,
            "pages/help.js": PackageResources.help_js,
            "pages/job.js": PackageResources.job_js,
            "pages/jobs.js": PackageResources.jobs_js,
            "pages/new-job.js": PackageResources.new_job_js,
            "pages/overview.js": PackageResources.overview_js,
            "parts/edit-job.js": PackageResources.edit_job_js,
            "parts/errors.js": PackageResources.errors_js,
            "parts/frame.js": PackageResources.frame_js,
            "parts/operation-dialog.js": PackageResources.operation_dialog_js,
            "parts/routes.js": PackageResources.routes_js,
            "parts/sign-in.js": PackageResources.sign_in_js,
            "parts/timeline.js": PackageResources.timeline_js,
            "parts/why.js": PackageResources.why_js,
            "style.css": PackageResources.style_css,
            "theme.js": PackageResources.theme_js,
        ]
    }
}
