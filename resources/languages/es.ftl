### Everything that Deskbeat says to its users, in Spanish. The source is en.ftl.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = Iniciando: obteniendo información de este equipo y de su cola.
waiting = Esperando a que empiece una sesión en este equipo.
confirming = Se encontró una sesión; confirmándola con AWS.
active = Su sesión está activa.
active-spot = AWS va a retirar este equipo en breve. Guarde su trabajo ahora.
# $left is one of the three below, $cause one of the troubles.
risk = Sesión en riesgo ({ $left }): { $cause }.
risk-seconds-left = { $seconds ->
    [one] queda { $seconds } s
   *[other] quedan { $seconds } s
}
risk-minutes-left = quedan { $minutes } min
risk-run-out = plazo de AWS agotado
risk-past-end = Se acabó el tiempo de la sesión; consultando a AWS si continúa.
# $attention is a whole sentence.
risk-attention = Sesión en riesgo: { $attention }
risk-not-reached = Sesión en riesgo: no se pudo contactar con AWS a tiempo; reintentando.
soon = Su sesión está a punto de terminar. Guarde su trabajo.
soon-remote = Un administrador está finalizando su sesión. Guarde su trabajo.
soon-idle = Parece que no hay nadie: su sesión está a punto de terminar.
soon-disconnected = No hay nadie conectado: su sesión está a punto de terminar.
extending = Solicitando más tiempo…
extension-awaited = Se solicitó más tiempo; esperando la respuesta.
extension-overdue = No hay respuesta a su solicitud de más tiempo. Guarde su trabajo y consulte a su administrador.
ending = Finalizando su sesión: informando a AWS. Espere, por favor.
ending-stuck = El cierre aún no se ha completado: { $cause }.
closed = Sesión cerrada ({ $reason }).
closed-then-shutdown = Sesión cerrada ({ $reason }). Este equipo se apagará.
closed-then-logoff = Sesión cerrada ({ $reason }). Se cerrará su sesión de usuario.
closed-then-stopped = Sesión cerrada ({ $reason }). AWS detendrá este equipo.
ended-elsewhere = Esta sesión se finalizó desde fuera. Guarde su trabajo: el equipo podría detenerse.
queue-unreadable = No puede iniciarse ninguna sesión; cola ilegible: { $cause }.

## Why a session ended, in brackets after "Session closed"

reason-user = usted la finalizó
reason-shutdown = el equipo se estaba apagando
reason-logoff = usted cerró su sesión de usuario
reason-idle = nadie la usaba
reason-disconnected = se perdió la conexión remota
reason-remote = la finalizó un administrador
reason-time-up = se acabó el tiempo
reason-spot = AWS retira este equipo
reason-failure = se notificó un error

## Troubles, as the middle or the end of a sentence

trouble-throttled = AWS está demasiado ocupado para responder
trouble-throttled-retry = AWS está demasiado ocupado; reintentando
trouble-service = AWS tiene un problema
trouble-service-retry = AWS tiene un problema; reintentando
trouble-credentials = AWS rechaza las credenciales de este equipo
trouble-credentials-retry = AWS rechaza las credenciales de este equipo; obteniendo otras
trouble-signature = AWS rechaza la firma; compruebe el reloj de este equipo
trouble-access-denied = acceso denegado; pida a su administrador que revise el rol
trouble-kms = la clave de cifrado deniega el acceso; consulte a su administrador
trouble-output = AWS rechaza nuestra respuesta; enviando la más corta
trouble-no-queue = la cola no existe; consulte a su administrador
trouble-unreachable = no se puede contactar con AWS; compruebe la red
trouble-over = la sesión se finalizó desde fuera
trouble-refused = se rechaza el acceso a AWS; pida al administrador que abra el puerto 443
trouble-swallowed = un firewall quizá bloquea AWS; pida que abran el puerto 443
trouble-name = no se resuelve el nombre de AWS; compruebe el DNS de la red
trouble-proxy-sign-in = el proxy exige iniciar sesión (407); compruebe HTTPS_PROXY
trouble-proxy = el proxy no deja pasar a AWS; consulte a su administrador
trouble-certificate = certificado desconocido en lugar del de AWS; defina AWS_CA_BUNDLE
trouble-certificate-time = certificado de AWS no válido según el reloj; ajuste la hora
trouble-page = responde una página de acceso o bloqueo, no AWS; avise al administrador

## What somebody has to mend before a session can start

no-role = Este equipo no tiene un rol de IAM. Pida a su administrador que asocie un perfil de instancia.
role-refused = EC2 no puede usar el rol { $role } ({ $code }). Pida que revisen su política de confianza.
key-expired = Este equipo recibe una clave caducada. Compruebe su reloj y su rol.
key-expired-at = Este equipo recibe una clave caducada ({ $at }). Compruebe su reloj y su rol.
no-credentials = No hay credenciales de AWS en el entorno, los perfiles ni los archivos ({ $why }). Inicie sesión.
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }.
# $sentence is a whole one.
trying-again = { $sentence } Reintentando.
unidentified = No se puede identificar este equipo: { $problem }.
metadata-endpoint = el punto de conexión de metadatos { $endpoint } no es una URL http
metadata-unreachable = no se puede contactar con el servicio de metadatos ({ $why })
metadata-silent = el servicio de metadatos no responde en { $limit }
metadata-off = el servicio de metadatos está desactivado o lo bloquea un proxy (403)
metadata-token = el servicio de metadatos rechaza su propio token de sesión (401)
metadata-missing = el servicio de metadatos no tiene { $what } (404)
metadata-foreign = lo que responde en la dirección de metadatos no es IMDSv2 ({ $how }), quizá un proxy
metadata-status = el servicio de metadatos responde { $status } a { $what }
metadata-unusable = no se puede leer la respuesta del servicio de metadatos para { $what } ({ $why })
queue-tag = La etiqueta { $tag } no es una URL de cola. Pida a su administrador que la corrija.
queue-no-url = SQS no da ninguna URL para la cola { $queue }.
queue-missing = No existe la cola { $queue }. Pida a su administrador que la cree o la configure.
queue-access = El rol no puede consultar la cola { $queue }: necesita sqs:GetQueueUrl.
queue-signature = AWS rechaza la firma de este equipo; compruebe su reloj.
queue-trouble = La cola { $queue } es inaccesible: { $cause }.
other-user = La sesión de este equipo es de otro usuario; Deskbeat espera a que termine.
other-users = La sesión de este equipo es de { $owner }; Deskbeat espera a que termine.
startup-unfinished = El arranque de este equipo no ha terminado; su sesión empezará después.
no-logon = Este usuario no ha iniciado sesión; Deskbeat espera a que lo haga.

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }. Avise a su administrador.
unwell-ends = { SENTENCE($what) }. Si esto continúa, su sesión se cerrará: guarde su trabajo.
unwell-one = { $subject } { $how }
unwell-and = { $first }; { $second }
subject-service = el servicio { $name }
subject-port = el puerto { $port } de este equipo
subject-process = el proceso { $name }
subject-file = el archivo { $path }
how-missing = no existe
how-silent = no responde
how-not-there = no se encuentra
how-not-running = no se está ejecutando
how-stopped = está detenido
how-paused = está en pausa
how-starting = se está iniciando
how-stopping = se está deteniendo
how-neither = no está ni en ejecución ni detenido
how-unchanged = no cambia desde hace { $seconds } s
# $state is a word of systemd's, such as "failed".
how-state = está en el estado «{ $state }»

## Answers to what somebody asked for

done-asked-for-more = Se solicitó más tiempo; la respuesta llegará.
done-more-granted = Se solicitó más tiempo y se concedió.
done-closed = La sesión está cerrada; Step Functions lo confirmó.
done-closed-already = La sesión ya está cerrada.
done-countdown-off = Se canceló la cuenta atrás; su sesión continúa.
done-trying-again = Informando de nuevo a Step Functions.
done-going-anyway = Se continúa sin AWS, que se encargará del resto cuando venza el plazo de los latidos.
refused-shutting-down = El equipo se está apagando: la sesión se está cerrando.
refused-foreign-journal = La sesión registrada es de otro equipo.
refused-over-already = La sesión ya había terminado: Step Functions la había finalizado antes.
refused-stopping = Deskbeat se detiene antes de que Step Functions acepte el final.
refused-no-countdown = No hay ninguna cuenta atrás que cancelar.
refused-nothing-closing = No se está cerrando nada.
# $outcome: a word of the workflow's.
refused-closing-otherwise = Demasiado tarde: la sesión ya se está cerrando con el resultado { $outcome }.
refused-ended-elsewhere = Step Functions ya había finalizado la sesión.
refused-awaits-more-time = Se solicitó más tiempo y la respuesta aún no ha llegado.
refused-no-session = Todavía no hay ninguna sesión en este equipo: no ha llegado ningún token de tarea.
refused-remote-end = Un administrador está finalizando esta sesión.
refused-not-extendable = Esta sesión no ofrece más tiempo (su mensaje de inicio no contiene "extendable": true).
refused-closing = La sesión ya se está cerrando.
refused-asked-already = Ya se solicitó más tiempo; la respuesta aún no ha llegado.
refused-no-session-to-extend = No hay ninguna sesión que prolongar.
refused-on-its-way = El cierre está en curso; espere la respuesta, por favor.
refused-no-after-end = No hay ninguna acción configurada para después del final.

## Asked at a terminal

ask-left = Tiempo restante de su sesión: { $left } (fin: { $until }).
ask-end = ¿Finalizar la sesión? [s/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = s sí si
ask-kept = No se hizo nada; su sesión continúa.
# $sentence is a whole one.
ask-none = No hay ninguna sesión que finalizar. { $sentence }
ask-request = { $sentence } (solicitud { $id })
ask-nobody = no hay nadie que lo confirme; use «deskbeat end --yes»
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = Deskbeat no se está ejecutando (nada responde en { $path }); inícielo con «deskbeat»
agent-others = el Deskbeat de { $path } es de otro usuario; solo ese usuario puede hablar con él
agent-unreachable = no se puede contactar con Deskbeat en { $path }: { $why }
agent-gone = Deskbeat se ha detenido antes de responder
agent-silent = Deskbeat se está ejecutando pero no ha respondido en { $limit }; si continúa así, reinícielo
agent-refused = Deskbeat no ha respondido a la pregunta: { $why }
agent-not-understood = no se entiende la respuesta de Deskbeat ({ $why }); ¿se está ejecutando otra versión?
agent-broken = se ha cortado la conexión con Deskbeat: { $why }
agent-stopped = Deskbeat se ha detenido
agent-stopped-early = Deskbeat se ha detenido antes de que Step Functions lo aceptara
agent-not-started = no se puede iniciar Deskbeat: { $why }
no-window = aquí no se puede mostrar ninguna ventana: { $why }
config-left-aside = Aquí no se tiene en cuenta; un Deskbeat en ejecución sigue con lo que leyó antes. Comuníquelo a su administrador.

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
    [one] { $count } latido
   *[other] { $count } latidos
}
another-day = { $weekday } { $day } { $month } { $time }
weekday = { $number ->
    [1] lun
    [2] mar
    [3] mié
    [4] jue
    [5] vie
    [6] sáb
   *[7] dom
}
month = { $number ->
    [1] ene
    [2] feb
    [3] mar
    [4] abr
    [5] may
    [6] jun
    [7] jul
    [8] ago
    [9] sept
    [10] oct
    [11] nov
   *[12] dic
}
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] { $time } AM
   *[pm] { $time } PM
}

## Tooltip and menu

time-left = Tiempo restante: { $left } (fin: { $until }).
tooltip-session = Sesión: { $left }
window-left = AWS esperará { $left } más.
last-beat = Último latido: { $at }.
ends-by-itself = Fin automático: { $at }.

## Notifications: a title, and what it means

notice-started = Su sesión ha empezado
notice-ends-at = Fin a más tardar: { $at }.
notice-no-end = La sesión no tiene un final fijado.
notice-risk = Su sesión está en riesgo
notice-risk-body = { SENTENCE($cause) }. Si esto continúa, AWS finalizará la sesión (hora límite: { $at }): guarde su trabajo.
notice-recovered = Su sesión vuelve a estar segura
notice-recovered-body = Se ha restablecido el contacto con AWS; no se perdió nada.
notice-time-left = { $minutes ->
    [one] Queda { $minutes } minuto
   *[other] Quedan { $minutes } minutos
}
notice-time-left-body = Fin de su sesión: { $at }. Guarde su trabajo.
notice-time-left-more = Fin de su sesión: { $at }. Guarde su trabajo. Puede solicitar más tiempo.
notice-countdown = Fin de su sesión: { $at }
notice-countdown-body = { $why }. Guarde su trabajo.
notice-countdown-stay = { $why }. Guarde su trabajo. Indique si sigue ahí.
countdown = Va a terminar
countdown-idle = Parece que nadie la usa
countdown-disconnected = Se perdió la conexión remota
countdown-remote = Un administrador la está finalizando
countdown-spot = AWS retira este equipo
countdown-time-up = Se acabó el tiempo de la sesión
notice-text = Mensaje de su administrador
notice-unhealthy = Este equipo tiene un problema
notice-stuck = Su sesión aún no se ha podido cerrar
notice-stuck-body = { SENTENCE($cause) }. Se sigue intentando; también puede apagar de todos modos.
notice-closed = Su sesión está cerrada
notice-closed-body = AWS lo confirmó ({ $reason }).
notice-extended = Tiene más tiempo
notice-ended-elsewhere = Su sesión se finalizó desde fuera
notice-ended-elsewhere-body = Guarde su trabajo: este equipo podría detenerse en cualquier momento.
notice-stays-on = Este equipo sigue encendido
notice-stays-on-body = { SENTENCE($why) }. AWS lo detendrá; puede desconectarse.
notice-spot = AWS retira este equipo
notice-spot-at = Parada prevista: { $at }. Guarde su trabajo ahora.
notice-stopped-soon = Se detendrá en breve. Guarde su trabajo ahora.
notice-rebalance = Puede que AWS retire este equipo
notice-rebalance-body = Podría detenerse próximamente, con dos minutos de aviso. Guarde su trabajo.
notice-maintenance = AWS hará mantenimiento en este equipo
notice-maintenance-body = El mantenimiento empieza en breve. Guarde antes su trabajo.
notice-maintenance-at = Inicio del mantenimiento: { $at }. Guarde antes su trabajo.
notice-maintenance-words = El mantenimiento empieza en breve ({ $words }). Guarde antes su trabajo.
notice-maintenance-at-words = Inicio del mantenimiento: { $at } ({ $words }). Guarde antes su trabajo.
notice-scale-in = Este equipo se va a retirar del servicio
notice-attention = Deskbeat necesita atención
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = Haga clic aquí: { $offer }.

## Questions

dialog-end = Su sesión se cerrará.
dialog-end-shutdown = Su sesión se cerrará y este equipo se apagará.
dialog-end-logoff = Se cerrará esta sesión y, a continuación, su sesión de usuario.
save-first = Guarde antes su trabajo.
dialog-end-left = Todavía dispone de { $left }.
dialog-stuck = No se pudo informar a AWS de que su sesión termina: { $problem }. Se sigue intentando.
dialog-stuck-leave = Si no espera, AWS se encargará del resto por su cuenta un poco más tarde.
cannot-start-title = Deskbeat no se puede iniciar
cannot-start = La sesión de este equipo no se mantiene activa y puede terminar en cualquier momento. Comunique esto a su administrador:
about-purpose = Mantiene activa la sesión de este escritorio remoto y la cierra de forma ordenada.
about-licence = MIT o Apache-2.0

## The window

left = restante: { $left }
until = fin: { $at }
ends-in = Su sesión termina en { $left }
ends-why = { $why } Guarde su trabajo. Fin: { $at }.
ends = Va a terminar.
ends-idle = Parece que nadie usa esta sesión.
ends-disconnected = Se perdió la conexión remota.
ends-remote = Un administrador está finalizando esta sesión.
ends-spot = AWS retira este equipo.
ends-time-up = Se acabó el tiempo de la sesión.
beats-none = ningún latido
beats-accepted = { $accepted ->
    [one] { $accepted } aceptado
   *[other] { $accepted } aceptados
}
beats-failed = { $accepted ->
    [one] { $accepted } aceptado
   *[other] { $accepted } aceptados
}, { $failed ->
    [one] { $failed } fallido
   *[other] { $failed } fallidos
}
plot-summary = Latidos desde { $since }: { $accepted ->
    [one] { $accepted } aceptado
   *[other] { $accepted } aceptados
}, { $failed ->
    [one] { $failed } fallido
   *[other] { $failed } fallidos
}
happened-beat-failed = Falló un latido: { $cause }.
happened-renewed = Credenciales renovadas (…{ $key }).
happened-woke = Este equipo salió de la suspensión.
happened-told = { $title }. { $body }

## The states, in a word or two

state-waiting = En espera
state-active = Activa
state-at-risk = En riesgo
state-ending = Finalizando
state-closed = Cerrada
state-ended-elsewhere = Finalizada desde fuera
state-needs-attention = Necesita atención

## Labels of menu, window and notifications

label-about-to-end = Su sesión está a punto de terminar
label-not-closed = La sesión aún no está cerrada
label-end = Finalizar sesión…
label-extend = Solicitar más tiempo
label-copy = Copiar diagnóstico
label-still-here = Sigo aquí
label-try-again = Reintentar
label-start = Iniciar Deskbeat
label-time-left = Tiempo restante de esta sesión
label-no-end = Sin final fijado
label-last-beat = Último latido
label-no-beat = ninguno todavía
label-session = Sesión
label-user = Usuario
label-computer = Equipo
label-so-far = Latidos hasta ahora
label-happened = Qué ha pasado
label-nothing-happened = Nada todavía.
label-now = ahora
label-extending = Solicitando más tiempo…
label-copied = El diagnóstico está en el portapapeles.
label-not-copied = Diagnóstico
label-not-running = Deskbeat no se está ejecutando.
label-not-running-means = La sesión de este equipo no se mantiene activa y puede terminar en cualquier momento.
label-connecting = Consultando a Deskbeat el estado de la sesión…
label-lost = Deskbeat se ha detenido inesperadamente.
label-lost-means = Debería volver en unos segundos. Si no es así, guarde su trabajo e inícielo de nuevo.
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = Ninguna fuente de este equipo tiene las letras de su idioma ({ $language }).
label-ends-soon = Termina pronto
label-offer = Deskbeat mantiene activa su sesión
label-offer-means = Este escritorio no tiene sitio para el icono de Deskbeat. La ventana muestra el estado de la sesión.
label-open = Abrir Deskbeat
label-end-now = Finalizar sesión
label-keep = Seguir trabajando
label-shut-down-anyway = Apagar de todos modos
label-log-off-anyway = Cerrar sesión de usuario de todos modos
label-close = Cerrar
label-about = Acerca de Deskbeat
label-open-log = Abrir registro
label-not-offered = Solicitar más tiempo (no disponible en esta sesión)
label-no-session-to-end = No hay ninguna sesión que finalizar.
label-asked-for-more = Se solicitó más tiempo
label-log-open = El registro está abierto
label-log-open-where = Está en la ventana de su explorador de archivos.
label-log-not-open = El registro no se puede abrir aquí
label-copied-done = El diagnóstico está copiado
label-copied-where = Péguelo en un mensaje para su administrador.

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = problema
status-session = sesión
status-time-left = restante
status-time-left-value = { $left } (fin: { $until })
status-closes-at = se cierra
status-heartbeat = latido
status-heartbeat-value = el último hace { $ago }; { $count }, fallidos: { $failed }
status-safe-for = segura durante
status-safe-for-value = { $left } sin latido
status-credentials = credenciales
status-key = { $key }, válida hasta: { $until }
status-request-id = solicitud
status-computer = equipo
status-clock = reloj
status-clock-ahead = adelantado { $by } respecto a AWS; el tiempo restante se mide con el de AWS
status-clock-behind = atrasado { $by } respecto a AWS; el tiempo restante se mide con el de AWS
status-rejected = rechazados
status-rejected-value = { $count } en la cola; el último, porque: { $why }
status-last-error = último error
