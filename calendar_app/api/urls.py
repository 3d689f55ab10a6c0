"""The API (DESIGN §10)."""

from django.urls import include, path

from calendar_app.api import actions, calendar, docs, holds, messages, posts, reference, reviews

v1 = [
    path("me/", reference.me, name="api_me"),
    path("regions/", reference.regions, name="api_regions"),
    path("missions/", reference.missions, name="api_missions"),
    path("missions/<slug:code>/", reference.mission, name="api_mission"),
    path("themes/", reference.themes, name="api_themes"),
    path("audiences/", reference.audiences, name="api_audiences"),
    path("observances/", reference.observances, name="api_observances"),
    path("networks/", reference.network_list, name="api_networks"),
    path("networks/<slug:code>/count/", reference.count, name="api_count"),
    path("posts/", posts.posts, name="api_posts"),
    path("posts/<int:pk>/", posts.post, name="api_post"),
    path("posts/<int:pk>/history/", posts.post_history, name="api_post_history"),
    path("posts/<int:pk>/submit/", actions.submit, name="api_submit"),
    path("posts/<int:pk>/sign_off/", actions.sign_off, name="api_sign_off"),
    path("posts/<int:pk>/send_back/", actions.send_back, name="api_send_back"),
    path("posts/<int:pk>/withdraw/", actions.withdraw, name="api_withdraw"),
    path("posts/<int:pk>/approve/", actions.approve, name="api_approve"),
    path("posts/<int:pk>/request_changes/", actions.request_changes, name="api_request_changes"),
    path("posts/<int:pk>/decline/", actions.decline, name="api_decline"),
    path("posts/<int:pk>/recall/", actions.recall, name="api_recall"),
    path("posts/<int:pk>/reschedule/", actions.reschedule, name="api_reschedule"),
    path("posts/<int:pk>/mark_published/", actions.mark_published, name="api_mark_published"),
    path("posts/<int:pk>/publish_urgent/", actions.publish_urgent, name="api_publish_urgent"),
    path("posts/<int:pk>/review_afterwards/", actions.review_afterwards, name="api_review_afterwards"),
    path("posts/<int:pk>/cancel/", actions.cancel, name="api_cancel"),
    path("posts/<int:pk>/retract/", actions.retract, name="api_retract"),
    path("review-queue/", reviews.review_queue_list, name="api_review_queue"),
    path("holds/", holds.holds, name="api_holds"),
    path("holds/<int:pk>/lift/", holds.lift, name="api_hold_lift"),
    path("calendar/", calendar.calendar, name="api_calendar"),
    path("reminders/", messages.reminders, name="api_reminders"),
    path("notifications/", messages.notifications, name="api_notifications"),
    path("notifications/<int:pk>/read/", messages.read, name="api_notification_read"),
    path("notifications/<int:pk>/acknowledge/", messages.acknowledge, name="api_notification_acknowledge"),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", docs.schema, name="api_schema"),
    path("docs/", docs.docs, name="api_docs"),
]
