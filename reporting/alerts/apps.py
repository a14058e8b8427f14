from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "reporting.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from reporting.alerts.detectors import finish, hands, queues, register, silent, trust

        for found in (
            silent.NETWORK_DOWN,
            silent.SILENT_POINT,
            queues.QUEUE_LONG,
            finish.ETA_LATE,
            silent.UNIT_IDLE,
            hands.TEAM_ABSENT,
            hands.SHIFT_OVER,
            hands.ORDER_UNANSWERED,
            trust.CONFLICTS_WAIT,
            trust.DRIFT,
            trust.RECOUNT_DEAD,
        ):
            register(found)
