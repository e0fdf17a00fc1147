### Everything that Deskbeat says to its users, in French. The source is en.ftl.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = Démarrage : recherche d’informations sur cet ordinateur et sa file d’attente.
waiting = En attente du début d’une session sur cet ordinateur.
confirming = Une session a été trouvée ; confirmation auprès d’AWS en cours.
active = Votre session est active.
active-spot = AWS va reprendre cet ordinateur très bientôt. Enregistrez votre travail maintenant.
# $left is one of the three below, $cause one of the troubles.
risk = Session en danger ({ $left }) : { $cause }.
risk-seconds-left = reste { $seconds } s
risk-minutes-left = reste { $minutes } min
risk-run-out = délai d’AWS dépassé
risk-past-end = La durée de la session est écoulée ; AWS va indiquer si elle continue.
# $attention is a whole sentence.
risk-attention = Session en danger : { $attention }
risk-not-reached = Session en danger : AWS n’a pas répondu à temps ; nouvel essai en cours.
soon = Votre session va se terminer. Enregistrez votre travail.
soon-remote = Un administrateur met fin à votre session. Enregistrez votre travail.
soon-idle = Personne ne semble être là : votre session va se terminer.
soon-disconnected = Personne n’est connecté : votre session va se terminer.
extending = Demande de temps supplémentaire…
extension-awaited = Du temps supplémentaire a été demandé ; en attente de la réponse.
extension-overdue = Pas de réponse à votre demande de temps supplémentaire. Enregistrez votre travail et contactez votre administrateur.
ending = Votre session se termine : AWS en est informé. Veuillez patienter.
ending-stuck = La fermeture n’a pas encore abouti : { $cause }.
closed = Session fermée ({ $reason }).
closed-then-shutdown = Session fermée ({ $reason }). Cet ordinateur va s’arrêter.
closed-then-logoff = Session fermée ({ $reason }). Vous allez être déconnecté.
closed-then-stopped = Session fermée ({ $reason }). AWS arrêtera cet ordinateur.
ended-elsewhere = Cette session a été interrompue de l’extérieur. Enregistrez votre travail : l’ordinateur peut s’arrêter.
queue-unreadable = Session impossible, file d’attente illisible : { $cause }.

## Why a session ended, in brackets after "Session closed"

reason-user = vous y avez mis fin
reason-shutdown = l’ordinateur s’arrêtait
reason-logoff = vous vous déconnectiez
reason-idle = personne ne l’utilisait
reason-disconnected = la connexion à distance était coupée
reason-remote = un administrateur y a mis fin
reason-time-up = sa durée était écoulée
reason-spot = AWS reprend cet ordinateur
reason-failure = une défaillance a été signalée

## Troubles, as the middle or the end of a sentence

trouble-throttled = AWS est trop sollicité pour répondre
trouble-throttled-retry = AWS est trop sollicité ; nouvel essai en cours
trouble-service = AWS rencontre un problème
trouble-service-retry = AWS rencontre un problème ; nouvel essai en cours
trouble-credentials = AWS refuse les identifiants de cet ordinateur
trouble-credentials-retry = AWS refuse les identifiants de cet ordinateur ; renouvellement en cours
trouble-signature = AWS refuse la signature ; vérifiez l’horloge de cet ordinateur
trouble-access-denied = accès refusé ; demandez à votre administrateur de vérifier le rôle
trouble-kms = la clé de chiffrement refuse l’accès ; contactez votre administrateur
trouble-output = AWS refuse notre réponse ; envoi d’une version abrégée
trouble-no-queue = la file d’attente n’existe pas ; contactez votre administrateur
trouble-unreachable = AWS est injoignable ; vérifiez le réseau
trouble-over = la session a été interrompue de l’extérieur
trouble-refused = l’accès à AWS est refusé ; demandez à l’administrateur d’ouvrir le port 443
trouble-swallowed = un pare-feu bloque sans doute AWS ; faites ouvrir le port 443
trouble-name = le nom d’AWS est introuvable ; vérifiez le DNS du réseau
trouble-proxy-sign-in = le proxy exige une authentification (407) ; vérifiez HTTPS_PROXY
trouble-proxy = le proxy bloque AWS ; contactez votre administrateur
trouble-certificate = un certificat inconnu répond pour AWS ; définissez AWS_CA_BUNDLE
trouble-certificate-time = le certificat d’AWS n’est pas valide selon l’horloge ; réglez-la
trouble-page = une page de connexion ou de blocage remplace AWS ; contactez l’administrateur

## What somebody has to mend before a session can start

no-role = Cet ordinateur n’a pas de rôle IAM. Demandez à votre administrateur d’associer un profil d’instance.
role-refused = EC2 ne peut pas utiliser le rôle { $role } ({ $code }). Faites vérifier sa politique d’approbation.
key-expired = Cet ordinateur reçoit une clé expirée. Vérifiez son horloge et son rôle.
key-expired-at = Cet ordinateur reçoit une clé expirée ({ $at }). Vérifiez son horloge et son rôle.
no-credentials = Pas d’identifiants AWS dans l’environnement, les profils ou les fichiers. Connectez-vous. Raison : { $why }.
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }.
# $sentence is a whole one.
trying-again = { $sentence } Nouvel essai en cours.
unidentified = Impossible d’identifier cet ordinateur : { $problem }.
metadata-endpoint = le point de terminaison des métadonnées { $endpoint } n’est pas une URL http
metadata-unreachable = le service de métadonnées est injoignable ({ $why })
metadata-silent = le service de métadonnées ne répond pas dans le délai de { $limit }
metadata-off = le service de métadonnées est désactivé ou bloqué par un proxy (403)
metadata-token = le service de métadonnées refuse son propre jeton de session (401)
metadata-missing = le service de métadonnées ne connaît pas { $what } (404)
metadata-foreign = ce qui répond à l’adresse des métadonnées n’est pas IMDSv2 ({ $how }), peut-être un proxy
metadata-status = le service de métadonnées répond { $status } pour { $what }
metadata-unusable = la réponse du service de métadonnées pour { $what } est illisible ({ $why })
queue-tag = La balise { $tag } n’est pas une URL de file d’attente. Demandez à votre administrateur de la corriger.
queue-no-url = SQS ne donne pas d’URL pour la file d’attente { $queue }.
queue-missing = La file d’attente { $queue } n’existe pas. Demandez à votre administrateur de la créer ou de la configurer.
queue-access = Le rôle ne peut pas rechercher la file d’attente { $queue } : il lui faut sqs:GetQueueUrl.
queue-signature = AWS refuse la signature de cet ordinateur ; vérifiez son horloge.
queue-trouble = Impossible de trouver la file d’attente { $queue } : { $cause }.
other-user = La session de cet ordinateur appartient à un autre utilisateur ; Deskbeat attend qu’elle se termine.
other-users = La session de cet ordinateur appartient à { $owner } ; Deskbeat attend qu’elle se termine.
startup-unfinished = Le démarrage de cet ordinateur n’est pas terminé ; votre session commencera ensuite.
no-logon = Cet utilisateur n’est connecté nulle part ; Deskbeat attend sa connexion.

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }. Prévenez votre administrateur.
unwell-ends = { SENTENCE($what) }. Si cela dure, votre session sera fermée : enregistrez votre travail.
unwell-one = { $subject } { $how }
unwell-and = { $first } ; { $second }
subject-service = le service { $name }
subject-port = le port { $port } de cet ordinateur
subject-process = le processus { $name }
subject-file = le fichier { $path }
how-missing = n’existe pas
how-silent = ne répond pas
how-not-there = est introuvable
how-not-running = ne s’exécute pas
how-stopped = est à l’arrêt
how-paused = est en pause
how-starting = est en cours de démarrage
how-stopping = est en cours d’arrêt
how-neither = n’est ni en marche ni à l’arrêt
how-unchanged = n’a pas changé depuis { $seconds } s
# $state is a word of systemd's, such as "failed".
how-state = est dans l’état « { $state } »

## Answers to what somebody asked for

done-asked-for-more = Du temps supplémentaire a été demandé ; la réponse viendra.
done-more-granted = Du temps supplémentaire a été demandé et accordé.
done-closed = La session est fermée ; Step Functions l’a confirmé.
done-closed-already = La session est déjà fermée.
done-countdown-off = Le compte à rebours est annulé ; votre session continue.
done-trying-again = Step Functions est informé de nouveau.
done-going-anyway = Poursuite sans attendre AWS, qui fera le nécessaire une fois le délai des pulsations écoulé.
refused-shutting-down = L’ordinateur s’arrête : la session est en cours de fermeture.
refused-foreign-journal = La session enregistrée est celle d’un autre ordinateur.
refused-over-already = La session était déjà terminée : Step Functions y avait mis fin.
refused-stopping = Deskbeat s’arrête avant que Step Functions ait accepté la fin.
refused-no-countdown = Aucun compte à rebours à annuler.
refused-nothing-closing = Aucune fermeture n’est en cours.
# $outcome: a word of the workflow's.
refused-closing-otherwise = Trop tard : la session est déjà en cours de fermeture avec le résultat { $outcome }.
refused-ended-elsewhere = Step Functions avait déjà mis fin à la session.
refused-awaits-more-time = Du temps supplémentaire a été demandé ; la réponse n’est pas encore arrivée.
refused-no-session = Il n’y a pas encore de session sur cet ordinateur : aucun jeton de tâche n’est arrivé.
refused-remote-end = Un administrateur met fin à cette session.
refused-not-extendable = Cette session n’offre pas de temps supplémentaire (son message de début ne contient pas "extendable": true).
refused-closing = La session est déjà en cours de fermeture.
refused-asked-already = Du temps supplémentaire a déjà été demandé ; la réponse n’est pas encore arrivée.
refused-no-session-to-extend = Il n’y a pas de session à prolonger.
refused-on-its-way = La fermeture est déjà en cours ; veuillez attendre la réponse.
refused-no-after-end = Aucune action n’est configurée pour la suite.

## Asked at a terminal

ask-left = Il reste { $left } à votre session (fin : { $until }).
ask-end = Terminer la session ? [o/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = o oui
ask-kept = Rien n’a été fait ; votre session continue.
# $sentence is a whole one.
ask-none = Il n’y a pas de session à terminer. { $sentence }
ask-request = { $sentence } (requête { $id })
ask-nobody = personne n’est là pour confirmer ; utilisez « deskbeat end --yes »
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = Deskbeat n’est pas en cours d’exécution (rien ne répond à { $path }) ; démarrez-le avec « deskbeat »
agent-others = le Deskbeat à { $path } est celui d’un autre utilisateur, qui seul peut lui parler
agent-unreachable = Deskbeat est injoignable à { $path } : { $why }
agent-gone = Deskbeat s’est arrêté avant de répondre
agent-silent = Deskbeat est en cours d’exécution mais n’a pas répondu en { $limit } ; si cela dure, redémarrez-le
agent-refused = Deskbeat n’a pas répondu à la question : { $why }
agent-not-understood = la réponse de Deskbeat est incompréhensible ({ $why }) ; une autre version est-elle en cours d’exécution ?
agent-broken = la connexion à Deskbeat a été coupée : { $why }
agent-stopped = Deskbeat s’est arrêté
agent-stopped-early = Deskbeat s’est arrêté avant que Step Functions l’ait accepté
agent-not-started = Deskbeat ne peut pas être démarré : { $why }
no-window = aucune fenêtre ne peut être affichée ici : { $why }
config-left-aside = Cela est ignoré ici ; un Deskbeat en cours d’exécution continue avec ce qu’il a lu auparavant. Veuillez en informer votre administrateur.

## Times

# Two sentences, one after the other.
joined = { $first } { $second }
span-seconds = { $seconds } s
span-minutes-seconds = { $minutes } min { $seconds } s
span-minutes = { $minutes } min
span-hours = { $hours } h
span-hours-minutes = { $hours } h { $minutes } min
span-days = { $days } j
span-days-hours = { $days } j { $hours } h
heartbeats = { $count ->
    [one] { $count } pulsation
   *[other] { $count } pulsations
}
another-day = { $weekday } { $day } { $month } { $time }
weekday = { $number ->
    [1] lun.
    [2] mar.
    [3] mer.
    [4] jeu.
    [5] ven.
    [6] sam.
   *[7] dim.
}
month = { $number ->
    [1] janv.
    [2] févr.
    [3] mars
    [4] avr.
    [5] mai
    [6] juin
    [7] juil.
    [8] août
    [9] sept.
    [10] oct.
    [11] nov.
   *[12] déc.
}
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] { $time } AM
   *[pm] { $time } PM
}

## Tooltip and menu

time-left = Reste { $left }, fin : { $until }.
tooltip-session = Session : { $left }
window-left = AWS abandonne dans { $left }.
last-beat = Dernière pulsation : { $at }.
ends-by-itself = Fin automatique : { $at }.

## Notifications: a title, and what it means

notice-started = Votre session a commencé
notice-ends-at = Fin au plus tard : { $at }.
notice-no-end = Elle n’a pas de fin fixée.
notice-risk = Votre session est en danger
notice-risk-body = { SENTENCE($cause) }. Si cela continue, AWS mettra fin à la session ({ $at }) : enregistrez votre travail.
notice-recovered = Votre session est de nouveau en sécurité
notice-recovered-body = AWS est de nouveau joignable ; rien n’a été perdu.
notice-time-left = { $minutes ->
    [one] Il reste { $minutes } minute
   *[other] Il reste { $minutes } minutes
}
notice-time-left-body = Fin de votre session : { $at }. Enregistrez votre travail.
notice-time-left-more = Fin de votre session : { $at }. Enregistrez votre travail. Vous pouvez demander plus de temps.
notice-countdown = Fin de votre session : { $at }
notice-countdown-body = { $why }. Enregistrez votre travail.
notice-countdown-stay = { $why }. Enregistrez votre travail. Indiquez si vous êtes encore là.
countdown = Elle se termine
countdown-idle = Personne ne semble l’utiliser
countdown-disconnected = La connexion à distance est coupée
countdown-remote = Un administrateur y met fin
countdown-spot = AWS reprend cet ordinateur
countdown-time-up = Sa durée est écoulée
notice-text = Message de votre administrateur
notice-unhealthy = Cet ordinateur a un problème
notice-stuck = Votre session n’a pas encore pu être fermée
notice-stuck-body = { SENTENCE($cause) }. Deskbeat continue d’essayer ; vous pouvez quand même arrêter l’ordinateur.
notice-closed = Votre session est fermée
notice-closed-body = AWS l’a confirmé ({ $reason }).
notice-extended = Vous avez plus de temps
notice-ended-elsewhere = Votre session a été interrompue de l’extérieur
notice-ended-elsewhere-body = Enregistrez votre travail : cet ordinateur peut s’arrêter à tout moment.
notice-stays-on = Cet ordinateur reste allumé
notice-stays-on-body = { SENTENCE($why) }. AWS l’arrêtera ; vous pouvez couper la connexion à distance.
notice-spot = AWS reprend cet ordinateur
notice-spot-at = Arrêt prévu : { $at }. Enregistrez votre travail maintenant.
notice-stopped-soon = Il va bientôt s’arrêter. Enregistrez votre travail maintenant.
notice-rebalance = AWS va peut-être reprendre cet ordinateur
notice-rebalance-body = Il peut être arrêté prochainement, avec un préavis de deux minutes. Enregistrez votre travail.
notice-maintenance = AWS va intervenir sur cet ordinateur
notice-maintenance-body = La maintenance commence bientôt. Enregistrez votre travail avant.
notice-maintenance-at = Début de la maintenance : { $at }. Enregistrez votre travail avant.
notice-maintenance-words = La maintenance commence bientôt ({ $words }). Enregistrez votre travail avant.
notice-maintenance-at-words = Début de la maintenance : { $at } ({ $words }). Enregistrez votre travail avant.
notice-scale-in = Cet ordinateur va être mis hors service
notice-attention = Deskbeat requiert votre attention
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = Cliquez ici : { $offer }.

## Questions

dialog-end = Votre session va être fermée.
dialog-end-shutdown = Votre session va être fermée et cet ordinateur va s’arrêter.
dialog-end-logoff = Votre session va être fermée et vous allez être déconnecté.
save-first = Enregistrez d’abord votre travail.
dialog-end-left = Il vous reste { $left }.
dialog-stuck = AWS n’a pas pu être informé de la fin de votre session : { $problem }. Deskbeat continue d’essayer.
dialog-stuck-leave = Si vous n’attendez pas, AWS fera le nécessaire de lui-même un peu plus tard.
cannot-start-title = Deskbeat ne peut pas démarrer
cannot-start = La session de cet ordinateur n’est pas maintenue active et peut se terminer à tout moment. Veuillez transmettre ceci à votre administrateur :
about-purpose = Maintient active la session de ce bureau à distance et la ferme correctement.
about-licence = MIT ou Apache-2.0

## The window

left = reste { $left }
until = fin : { $at }
ends-in = Votre session se termine dans { $left }
ends-why = { $why } Enregistrez votre travail. Fin : { $at }.
ends = Elle se termine.
ends-idle = Personne ne semble utiliser cette session.
ends-disconnected = La connexion à distance est coupée.
ends-remote = Un administrateur met fin à cette session.
ends-spot = AWS reprend cet ordinateur.
ends-time-up = La durée de la session est écoulée.
beats-none = aucune pulsation
beats-accepted = { $accepted ->
    [one] { $accepted } acceptée
   *[other] { $accepted } acceptées
}
beats-failed = { $accepted ->
    [one] { $accepted } acceptée
   *[other] { $accepted } acceptées
}, { $failed } en échec
plot-summary = Pulsations depuis { $since } : { $accepted ->
    [one] { $accepted } acceptée
   *[other] { $accepted } acceptées
}, { $failed } en échec
happened-beat-failed = Une pulsation a échoué : { $cause }.
happened-renewed = Identifiants renouvelés (…{ $key }).
happened-woke = Cet ordinateur est sorti de veille.
happened-told = { $title }. { $body }

## The states, in a word or two

state-waiting = En attente
state-active = Active
state-at-risk = En danger
state-ending = Fermeture
state-closed = Fermée
state-ended-elsewhere = Interrompue
state-needs-attention = À vérifier

## Labels of menu, window and notifications

label-about-to-end = Votre session va se terminer
label-not-closed = La session n’est pas encore fermée
label-end = Terminer la session…
label-extend = Demander plus de temps
label-copy = Copier le diagnostic
label-still-here = Je suis encore là
label-try-again = Réessayer
label-start = Démarrer Deskbeat
label-time-left = Temps restant de cette session
label-no-end = Pas de fin fixée
label-last-beat = Dernière pulsation
label-no-beat = aucune
label-session = Session
label-user = Pour
label-computer = Ordinateur
label-so-far = Pulsations jusqu’ici
label-happened = Ce qui s’est passé
label-nothing-happened = Rien pour le moment.
label-now = maintenant
label-extending = Demande en cours…
label-copied = Le diagnostic est dans le Presse-papiers.
label-not-copied = Diagnostic
label-not-running = Deskbeat n’est pas en cours d’exécution.
label-not-running-means = La session de cet ordinateur n’est pas maintenue active et peut se terminer à tout moment.
label-connecting = Récupération de l’état de la session…
label-lost = Deskbeat s’est arrêté de façon inattendue.
label-lost-means = Il devrait revenir dans quelques secondes. Sinon, enregistrez votre travail et redémarrez Deskbeat.
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = Aucune police de cet ordinateur ne contient les caractères de votre langue ({ $language }).
label-ends-soon = Bientôt terminée
label-offer = Deskbeat maintient votre session active
label-offer-means = Ce bureau ne peut pas afficher l’icône de Deskbeat. Sa fenêtre indique l’état de la session.
label-open = Ouvrir Deskbeat
label-end-now = Terminer la session
label-keep = Continuer à travailler
label-shut-down-anyway = Arrêter quand même
label-log-off-anyway = Se déconnecter quand même
label-close = Fermer
label-about = À propos de Deskbeat
label-open-log = Ouvrir le journal
label-not-offered = Demander plus de temps (pas proposé dans cette session)
label-no-session-to-end = Il n’y a pas de session à terminer.
label-asked-for-more = Temps supplémentaire demandé
label-log-open = Le journal est ouvert
label-log-open-where = Il est dans la fenêtre de votre gestionnaire de fichiers.
label-log-not-open = Le journal ne peut pas être ouvert ici
label-copied-done = Le diagnostic est copié
label-copied-where = Collez-le dans un message à votre administrateur.

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = problème
status-session = session
status-time-left = reste
status-time-left-value = { $left }, fin : { $until }
status-closes-at = fermeture
status-heartbeat = pulsation
status-heartbeat-value = la dernière il y a { $ago } ; { $count }, échecs : { $failed }
status-safe-for = sûre pour
status-safe-for-value = { $left } sans pulsation
status-credentials = clé
status-key = { $key }, expiration : { $until }
status-request-id = requête
status-computer = ordinateur
status-clock = horloge
status-clock-ahead = en avance de { $by } sur AWS ; le temps restant suit l’horloge d’AWS
status-clock-behind = en retard de { $by } sur AWS ; le temps restant suit l’horloge d’AWS
status-rejected = rejetés
status-rejected-value = { $count ->
    [one] { $count } laissé
   *[other] { $count } laissés
} dans la file d’attente, le dernier pour cette raison : { $why }
status-last-error = dernière erreur
