### Everything that Deskbeat says to its users, in German. The source is en.ftl.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = Start: Informationen zu diesem Computer und seiner Warteschlange werden ermittelt.
waiting = Warten auf den Start einer Sitzung auf diesem Computer.
confirming = Eine Sitzung wurde gefunden und wird bei AWS bestätigt.
active = Ihre Sitzung ist aktiv.
active-spot = AWS fordert diesen Computer in Kürze zurück. Speichern Sie jetzt Ihre Arbeit.
# $left is one of the three below, $cause one of the troubles.
risk = Sitzung gefährdet ({ $left }): { $cause }.
risk-seconds-left = noch { $seconds } s
risk-minutes-left = noch { $minutes } min
risk-run-out = Frist bei AWS abgelaufen
risk-past-end = Die Sitzungszeit ist abgelaufen. AWS wird gefragt, ob die Sitzung weitergeht.
# $attention is a whole sentence.
risk-attention = Sitzung gefährdet: { $attention }
risk-not-reached = Sitzung gefährdet: AWS war nicht rechtzeitig erreichbar; neuer Versuch läuft.
soon = Ihre Sitzung endet gleich. Speichern Sie Ihre Arbeit.
soon-remote = Ein Administrator beendet Ihre Sitzung. Speichern Sie Ihre Arbeit.
soon-idle = Offenbar ist niemand da: Ihre Sitzung endet gleich.
soon-disconnected = Niemand ist verbunden: Ihre Sitzung endet gleich.
extending = Mehr Zeit wird angefordert …
extension-awaited = Mehr Zeit wurde angefordert; die Antwort steht noch aus.
extension-overdue = Keine Antwort auf Ihre Bitte um mehr Zeit. Speichern Sie Ihre Arbeit und fragen Sie Ihren Administrator.
ending = Ihre Sitzung wird beendet: AWS wird benachrichtigt. Bitte warten.
ending-stuck = Das Beenden ist noch nicht gelungen: { $cause }.
closed = Sitzung geschlossen ({ $reason }).
closed-then-shutdown = Sitzung geschlossen ({ $reason }). Dieser Computer wird heruntergefahren.
closed-then-logoff = Sitzung geschlossen ({ $reason }). Sie werden abgemeldet.
closed-then-stopped = Sitzung geschlossen ({ $reason }). AWS hält diesen Computer an.
ended-elsewhere = Diese Sitzung wurde von außen beendet. Speichern Sie Ihre Arbeit: Der Computer kann angehalten werden.
queue-unreadable = Keine Sitzung möglich, Warteschlange nicht lesbar: { $cause }.

## Why a session ended, in brackets after "Session closed"

reason-user = von Ihnen beendet
reason-shutdown = der Computer wurde heruntergefahren
reason-logoff = Sie haben sich abgemeldet
reason-idle = niemand hat sie benutzt
reason-disconnected = die Remoteverbindung war getrennt
reason-remote = von einem Administrator beendet
reason-time-up = die Sitzungszeit war abgelaufen
reason-spot = AWS fordert diesen Computer zurück
reason-failure = ein Fehler wurde gemeldet

## Troubles, as the middle or the end of a sentence

trouble-throttled = AWS ist überlastet
trouble-throttled-retry = AWS ist überlastet; neuer Versuch läuft
trouble-service = bei AWS liegt eine Störung vor
trouble-service-retry = bei AWS liegt eine Störung vor; neuer Versuch läuft
trouble-credentials = AWS lehnt die Anmeldeinformationen ab
trouble-credentials-retry = AWS lehnt die Anmeldeinformationen ab; neue werden abgerufen
trouble-signature = AWS lehnt die Signatur ab; prüfen Sie die Uhr dieses Computers
trouble-access-denied = Zugriff verweigert; bitten Sie Ihren Administrator, die Rolle zu prüfen
trouble-kms = der Schlüssel verweigert den Zugriff; fragen Sie Ihren Administrator
trouble-output = AWS lehnt unsere Antwort ab; eine Kurzfassung wird gesendet
trouble-no-queue = die Warteschlange existiert nicht; fragen Sie Ihren Administrator
trouble-unreachable = AWS ist nicht erreichbar; prüfen Sie das Netzwerk
trouble-over = die Sitzung wurde von außen beendet
trouble-refused = der Weg zu AWS ist gesperrt; lassen Sie den Administrator Port 443 öffnen
trouble-swallowed = eine Firewall verwirft wohl Aufrufe an AWS; lassen Sie Port 443 öffnen
trouble-name = der Name von AWS lässt sich nicht auflösen; prüfen Sie das DNS
trouble-proxy-sign-in = der Proxy verlangt eine Anmeldung (407); prüfen Sie HTTPS_PROXY
trouble-proxy = der Proxy lässt AWS nicht durch; fragen Sie Ihren Administrator
trouble-certificate = für AWS antwortet ein unbekanntes Zertifikat; setzen Sie AWS_CA_BUNDLE
trouble-certificate-time = laut Uhr ist das Zertifikat von AWS ungültig; stellen Sie die Uhr
trouble-page = statt AWS kommt eine Anmelde- oder Sperrseite; fragen Sie den Administrator

## What somebody has to mend before a session can start

no-role = Dieser Computer hat keine IAM-Rolle. Bitten Sie Ihren Administrator, ein Instance-Profil zuzuweisen.
role-refused = EC2 kann die Rolle { $role } nicht verwenden ({ $code }). Lassen Sie die Vertrauensrichtlinie prüfen.
key-expired = Dieser Computer erhält einen abgelaufenen Schlüssel. Prüfen Sie Uhr und Rolle.
key-expired-at = Dieser Computer erhält einen abgelaufenen Schlüssel ({ $at }). Prüfen Sie Uhr und Rolle.
no-credentials = Keine AWS-Anmeldeinformationen in Umgebung, Profilen oder Dateien. Melden Sie sich an. Grund: { $why }.
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }.
# $sentence is a whole one.
trying-again = { $sentence } Neuer Versuch läuft.
unidentified = Dieser Computer lässt sich nicht identifizieren: { $problem }.
metadata-endpoint = der Metadaten-Endpunkt { $endpoint } ist keine http-URL
metadata-unreachable = der Metadatendienst ist nicht erreichbar ({ $why })
metadata-silent = der Metadatendienst antwortet nicht innerhalb von { $limit }
metadata-off = der Metadatendienst ist ausgeschaltet oder ein Proxy blockiert ihn (403)
metadata-token = der Metadatendienst lehnt sein eigenes Sitzungstoken ab (401)
metadata-missing = der Metadatendienst kennt { $what } nicht (404)
metadata-foreign = an der Metadaten-Adresse antwortet kein IMDSv2 ({ $how }), vielleicht ein Proxy
metadata-status = der Metadatendienst antwortet auf { $what } mit { $status }
metadata-unusable = die Antwort des Metadatendienstes auf { $what } ist nicht lesbar ({ $why })
queue-tag = Das Tag { $tag } ist keine Warteschlangen-URL. Bitten Sie Ihren Administrator, es zu berichtigen.
queue-no-url = SQS nennt keine URL für die Warteschlange { $queue }.
queue-missing = Es gibt keine Warteschlange { $queue }. Bitten Sie Ihren Administrator, sie anzulegen oder einzutragen.
queue-access = Die Rolle darf die Warteschlange { $queue } nicht abfragen; es fehlt sqs:GetQueueUrl.
queue-signature = AWS lehnt die Signatur dieses Computers ab; prüfen Sie seine Uhr.
queue-trouble = Warteschlange { $queue } nicht auffindbar: { $cause }.
other-user = Die Sitzung dieses Computers gehört jemand anderem; Deskbeat wartet auf ihr Ende.
other-users = Die Sitzung dieses Computers gehört { $owner }; Deskbeat wartet auf ihr Ende.
startup-unfinished = Der Start dieses Computers ist noch nicht abgeschlossen; danach beginnt Ihre Sitzung.
no-logon = Dieser Benutzer ist nirgends angemeldet; Deskbeat wartet auf die Anmeldung.

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }. Informieren Sie Ihren Administrator.
unwell-ends = { SENTENCE($what) }. Hält das an, wird Ihre Sitzung beendet: Speichern Sie Ihre Arbeit.
unwell-one = { $subject } { $how }
unwell-and = { $first }; { $second }
subject-service = der Dienst { $name }
subject-port = Port { $port } dieses Computers
subject-process = der Prozess { $name }
subject-file = die Datei { $path }
how-missing = existiert nicht
how-silent = antwortet nicht
how-not-there = ist nicht vorhanden
how-not-running = läuft nicht
how-stopped = ist beendet
how-paused = ist angehalten
how-starting = startet noch
how-stopping = wird gerade beendet
how-neither = läuft nicht und ist auch nicht beendet
how-unchanged = ist seit { $seconds } s unverändert
# $state is a word of systemd's, such as "failed".
how-state = hat den Zustand „{ $state }“

## Answers to what somebody asked for

done-asked-for-more = Mehr Zeit wurde angefordert; die Antwort kommt noch.
done-more-granted = Mehr Zeit wurde angefordert und gewährt.
done-closed = Die Sitzung ist geschlossen; Step Functions hat es bestätigt.
done-closed-already = Die Sitzung ist bereits geschlossen.
done-countdown-off = Der Countdown ist abgebrochen; Ihre Sitzung geht weiter.
done-trying-again = Step Functions wird noch einmal benachrichtigt.
done-going-anyway = Es geht weiter, ohne auf AWS zu warten; AWS räumt nach Ablauf der Heartbeat-Frist auf.
refused-shutting-down = Der Computer wird heruntergefahren: Die Sitzung wird geschlossen.
refused-foreign-journal = Die aufgezeichnete Sitzung gehört zu einem anderen Computer.
refused-over-already = Die Sitzung war schon vorbei: Step Functions hatte sie bereits beendet.
refused-stopping = Deskbeat wird beendet, bevor Step Functions das Ende angenommen hat.
refused-no-countdown = Es läuft kein Countdown, der sich abbrechen ließe.
refused-nothing-closing = Es wird gerade nichts geschlossen.
# $outcome: a word of the workflow's.
refused-closing-otherwise = Zu spät: Die Sitzung wird bereits mit dem Ergebnis { $outcome } geschlossen.
refused-ended-elsewhere = Step Functions hatte die Sitzung bereits beendet.
refused-awaits-more-time = Mehr Zeit wurde angefordert; die Antwort steht noch aus.
refused-no-session = Auf diesem Computer gibt es noch keine Sitzung: Es ist kein Aufgaben-Token eingetroffen.
refused-remote-end = Ein Administrator beendet diese Sitzung.
refused-not-extendable = Diese Sitzung bietet keine Verlängerung an (in ihrer Startnachricht fehlt "extendable": true).
refused-closing = Die Sitzung wird bereits geschlossen.
refused-asked-already = Mehr Zeit wurde bereits angefordert; die Antwort steht noch aus.
refused-no-session-to-extend = Es gibt keine Sitzung, die verlängert werden könnte.
refused-on-its-way = Das Beenden läuft bereits; bitte warten Sie auf die Antwort.
refused-no-after-end = Für die Zeit nach dem Ende ist keine Aktion eingerichtet.

## Asked at a terminal

ask-left = Ihre Sitzung läuft noch { $left }, bis { $until }.
ask-end = Sitzung beenden? [j/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = j ja
ask-kept = Es wurde nichts unternommen; Ihre Sitzung geht weiter.
# $sentence is a whole one.
ask-none = Es gibt keine Sitzung, die beendet werden könnte. { $sentence }
ask-request = { $sentence } (Anfrage { $id })
ask-nobody = niemand ist da, um zu bestätigen; verwenden Sie „deskbeat end --yes“
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = Deskbeat läuft nicht (unter { $path } antwortet nichts); starten Sie es mit „deskbeat“
agent-others = das Deskbeat unter { $path } gehört jemand anderem; nur diese Person kann es ansprechen
agent-unreachable = Deskbeat ist unter { $path } nicht erreichbar: { $why }
agent-gone = Deskbeat wurde beendet, bevor es geantwortet hat
agent-silent = Deskbeat läuft, hat aber innerhalb von { $limit } nicht geantwortet; wenn das anhält, starten Sie es neu
agent-refused = Deskbeat hat die Frage nicht beantwortet: { $why }
agent-not-understood = die Antwort von Deskbeat ist nicht verständlich ({ $why }); läuft vielleicht eine andere Version?
agent-broken = die Verbindung zu Deskbeat ist abgebrochen: { $why }
agent-stopped = Deskbeat wurde beendet
agent-stopped-early = Deskbeat wurde beendet, bevor Step Functions es angenommen hatte
agent-not-started = Deskbeat kann nicht gestartet werden: { $why }
no-window = hier kann kein Fenster angezeigt werden: { $why }
config-left-aside = Das bleibt hier unberücksichtigt; ein laufendes Deskbeat arbeitet mit dem weiter, was es zuvor gelesen hat. Bitte sagen Sie Ihrem Administrator Bescheid.

## Times

# Two sentences, one after the other.
joined = { $first } { $second }
span-seconds = { $seconds } s
span-minutes-seconds = { $minutes } min { $seconds } s
span-minutes = { $minutes } min
span-hours = { $hours } h
span-hours-minutes = { $hours } h { $minutes } min
span-days = { $days } d
span-days-hours = { $days } d { $hours } h
heartbeats = { $count ->
    [one] { $count } Heartbeat
   *[other] { $count } Heartbeats
}
another-day = { $weekday } { $day }. { $month } { $time }
weekday = { $number ->
    [1] Mo
    [2] Di
    [3] Mi
    [4] Do
    [5] Fr
    [6] Sa
   *[7] So
}
month = { $number ->
    [1] Jan
    [2] Feb
    [3] März
    [4] Apr
    [5] Mai
    [6] Juni
    [7] Juli
    [8] Aug
    [9] Sept
    [10] Okt
    [11] Nov
   *[12] Dez
}
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] { $time } AM
   *[pm] { $time } PM
}

## Tooltip and menu

time-left = Noch { $left }, bis { $until }.
tooltip-session = Sitzung: { $left }
window-left = AWS gibt in { $left } auf.
last-beat = Letzter Heartbeat: { $at }.
ends-by-itself = Automatisches Ende: { $at }.

## Notifications: a title, and what it means

notice-started = Ihre Sitzung hat begonnen
notice-ends-at = Spätestes Ende: { $at }.
notice-no-end = Sie hat kein festes Ende.
notice-risk = Ihre Sitzung ist gefährdet
notice-risk-body = { SENTENCE($cause) }. Hält das bis { $at } an, beendet AWS die Sitzung: Speichern Sie Ihre Arbeit.
notice-recovered = Ihre Sitzung ist wieder sicher
notice-recovered-body = AWS ist wieder erreichbar; es ging nichts verloren.
notice-time-left = { $minutes ->
    [one] Noch { $minutes } Minute
   *[other] Noch { $minutes } Minuten
}
notice-time-left-body = Ende Ihrer Sitzung: { $at }. Speichern Sie Ihre Arbeit.
notice-time-left-more = Ende Ihrer Sitzung: { $at }. Speichern Sie Ihre Arbeit. Sie können mehr Zeit anfordern.
notice-countdown = Ende Ihrer Sitzung: { $at }
notice-countdown-body = { $why }. Speichern Sie Ihre Arbeit.
notice-countdown-stay = { $why }. Speichern Sie Ihre Arbeit. Bestätigen Sie, wenn Sie noch da sind.
countdown = Sie endet
countdown-idle = Offenbar benutzt sie niemand
countdown-disconnected = Die Remoteverbindung ist getrennt
countdown-remote = Ein Administrator beendet sie
countdown-spot = AWS fordert diesen Computer zurück
countdown-time-up = Die Sitzungszeit ist abgelaufen
notice-text = Nachricht Ihres Administrators
notice-unhealthy = Dieser Computer hat ein Problem
notice-stuck = Ihre Sitzung konnte noch nicht geschlossen werden
notice-stuck-body = { SENTENCE($cause) }. Deskbeat versucht es weiter; Sie können trotzdem herunterfahren.
notice-closed = Ihre Sitzung ist geschlossen
notice-closed-body = AWS hat es bestätigt ({ $reason }).
notice-extended = Sie haben mehr Zeit
notice-ended-elsewhere = Ihre Sitzung wurde von außen beendet
notice-ended-elsewhere-body = Speichern Sie Ihre Arbeit: Dieser Computer kann jederzeit angehalten werden.
notice-stays-on = Dieser Computer bleibt eingeschaltet
notice-stays-on-body = { SENTENCE($why) }. AWS hält ihn an; Sie können die Verbindung trennen.
notice-spot = AWS fordert diesen Computer zurück
notice-spot-at = Geplanter Stopp: { $at }. Speichern Sie jetzt Ihre Arbeit.
notice-stopped-soon = Er wird in Kürze angehalten. Speichern Sie jetzt Ihre Arbeit.
notice-rebalance = AWS fordert diesen Computer vielleicht zurück
notice-rebalance-body = Er kann demnächst mit zwei Minuten Vorwarnung angehalten werden. Speichern Sie Ihre Arbeit.
notice-maintenance = AWS plant eine Wartung dieses Computers
notice-maintenance-body = Die Wartung beginnt in Kürze. Speichern Sie vorher Ihre Arbeit.
notice-maintenance-at = Beginn der Wartung: { $at }. Speichern Sie vorher Ihre Arbeit.
notice-maintenance-words = Die Wartung beginnt in Kürze ({ $words }). Speichern Sie vorher Ihre Arbeit.
notice-maintenance-at-words = Beginn der Wartung: { $at } ({ $words }). Speichern Sie vorher Ihre Arbeit.
notice-scale-in = Dieser Computer wird außer Betrieb genommen
notice-attention = Deskbeat: Handlungsbedarf
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = Klicken Sie hier: { $offer }.

## Questions

dialog-end = Ihre Sitzung wird geschlossen.
dialog-end-shutdown = Ihre Sitzung wird geschlossen und dieser Computer heruntergefahren.
dialog-end-logoff = Ihre Sitzung wird geschlossen und Sie werden abgemeldet.
save-first = Speichern Sie vorher Ihre Arbeit.
dialog-end-left = Sie haben noch { $left } Zeit.
dialog-stuck = AWS konnte nicht mitgeteilt werden, dass Ihre Sitzung endet: { $problem }. Deskbeat versucht es weiter.
dialog-stuck-leave = Wenn Sie nicht warten, räumt AWS etwas später von selbst auf.
cannot-start-title = Deskbeat kann nicht starten
cannot-start = Die Sitzung dieses Computers wird nicht aufrechterhalten und kann jederzeit enden. Bitte teilen Sie Ihrem Administrator mit:
about-purpose = Hält die Sitzung dieses Remotedesktops aufrecht und schließt sie ordnungsgemäß.
about-licence = MIT oder Apache-2.0

## The window

left = noch { $left }
until = bis { $at }
ends-in = Ihre Sitzung endet in { $left }
ends-why = { $why } Speichern Sie Ihre Arbeit. Ende: { $at }.
ends = Sie endet.
ends-idle = Offenbar benutzt niemand diese Sitzung.
ends-disconnected = Die Remoteverbindung ist getrennt.
ends-remote = Ein Administrator beendet diese Sitzung.
ends-spot = AWS fordert diesen Computer zurück.
ends-time-up = Die Sitzungszeit ist abgelaufen.
beats-none = kein Heartbeat
beats-accepted = { $accepted } angenommen
beats-failed = { $accepted } angenommen, { $failed } fehlgeschlagen
plot-summary = Heartbeats seit { $since }: { $accepted } angenommen, { $failed } fehlgeschlagen
happened-beat-failed = Ein Heartbeat ist fehlgeschlagen: { $cause }.
happened-renewed = Anmeldeinformationen erneuert (…{ $key }).
happened-woke = Dieser Computer ist aus dem Ruhezustand aufgewacht.
happened-told = { $title }. { $body }

## The states, in a word or two

state-waiting = Wartet
state-active = Aktiv
state-at-risk = Gefährdet
state-ending = Wird beendet
state-closed = Geschlossen
state-ended-elsewhere = Von außen beendet
state-needs-attention = Handlungsbedarf

## Labels of menu, window and notifications

label-about-to-end = Ihre Sitzung endet gleich
label-not-closed = Die Sitzung ist noch nicht geschlossen
label-end = Sitzung beenden …
label-extend = Mehr Zeit anfordern
label-copy = Diagnose kopieren
label-still-here = Ich bin noch da
label-try-again = Erneut versuchen
label-start = Deskbeat starten
label-time-left = Verbleibende Zeit dieser Sitzung
label-no-end = Kein festes Ende
label-last-beat = Letzter Heartbeat
label-no-beat = noch keiner
label-session = Sitzung
label-user = Für
label-computer = Computer
label-so-far = Bisherige Heartbeats
label-happened = Was geschehen ist
label-nothing-happened = Noch nichts.
label-now = jetzt
label-extending = Mehr Zeit wird angefordert …
label-copied = Die Diagnose ist in der Zwischenablage.
label-not-copied = Diagnose
label-not-running = Deskbeat läuft nicht.
label-not-running-means = Die Sitzung dieses Computers wird nicht aufrechterhalten und kann jederzeit enden.
label-connecting = Der Stand der Sitzung wird abgefragt …
label-lost = Deskbeat wurde unerwartet beendet.
label-lost-means = Es sollte in wenigen Sekunden zurück sein. Wenn nicht, speichern Sie Ihre Arbeit und starten Sie Deskbeat neu.
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = Keine Schriftart dieses Computers enthält die Zeichen Ihrer Sprache ({ $language }).
label-ends-soon = Endet gleich
label-offer = Deskbeat hält Ihre Sitzung aufrecht
label-offer-means = Dieser Desktop hat keinen Platz für das Symbol. Das Fenster zeigt den Stand der Sitzung.
label-open = Deskbeat öffnen
label-end-now = Sitzung beenden
label-keep = Weiterarbeiten
label-shut-down-anyway = Trotzdem herunterfahren
label-log-off-anyway = Trotzdem abmelden
label-close = Schließen
label-about = Über Deskbeat
label-open-log = Protokoll öffnen
label-not-offered = Mehr Zeit anfordern (in dieser Sitzung nicht möglich)
label-no-session-to-end = Es gibt keine Sitzung, die beendet werden könnte.
label-asked-for-more = Mehr Zeit wurde angefordert
label-log-open = Das Protokoll ist geöffnet
label-log-open-where = Sie finden es im Fenster Ihres Dateimanagers.
label-log-not-open = Das Protokoll lässt sich hier nicht öffnen
label-copied-done = Die Diagnose ist kopiert
label-copied-where = Fügen Sie sie in eine Nachricht an Ihren Administrator ein.

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = Störung
status-session = Sitzung
status-time-left = Restzeit
status-time-left-value = { $left }, bis { $until }
status-closes-at = schließt
status-heartbeat = Heartbeat
status-heartbeat-value = der letzte vor { $ago }; { $count }, { $failed } fehlgeschlagen
status-safe-for = sicher für
status-safe-for-value = { $left } ohne Heartbeat
status-credentials = Schlüssel
status-key = { $key }, gültig bis { $until }
status-request-id = Anfrage-ID
status-computer = Computer
status-clock = Uhr
status-clock-ahead = geht gegenüber AWS { $by } vor; für die Restzeit gilt die Uhr von AWS
status-clock-behind = geht gegenüber AWS { $by } nach; für die Restzeit gilt die Uhr von AWS
status-rejected = abgelehnt
status-rejected-value = { $count } in der Warteschlange gelassen, zuletzt wegen: { $why }
status-last-error = letzter Fehler
